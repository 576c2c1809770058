#pragma once

#include "live/host.h"
#include "observe/log.h"
#include "runtime/linux_watch.h"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smyth::live {

// Takes notice of saved files: the driver hears of changed code, the host of a changed
// configuration.
//
// Files are noticed when an arrival asks for it, so that the request after a save always meets the
// new code, and otherwise when the loop hears of them.
class Reload {
 public:
  Reload(boost::asio::io_context& loop, Host& host, observe::Log& log);

  // Begins to watch the project, where the server was started, and what environments report.
  void start();
  // Handles everything that was saved before this call.
  void take_notice();
  // The same, and what is being written at this moment: a file that was read half-written says
  // nothing about the code.
  void take_notice_of_unfinished();

 private:
  void configure();
  std::optional<std::filesystem::path> env_file() const;
  void watch_configuration();
  void watch_packages();

  Host& host_;
  observe::Log& log_;
  runtime::Watch watch_;
  std::set<std::string> folders_;     // Of layers, that are watched.
  std::set<std::string> unfinished_;  // Sources that were written to and not closed yet.
};

}  // namespace smyth::live
