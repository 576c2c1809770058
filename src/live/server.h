#pragma once

#include "base/result.h"
#include "config/config.h"
#include "observe/log.h"

#include <filesystem>
#include <string>

namespace smyth::live {

struct ServeOptions {
  config::Config config;      // With the command line's host, port and so on in it.
  config::Config configured;  // As the file says.
  std::filesystem::path start_folder;
  std::filesystem::path record_file;
  bool quiet = false;
  bool report = false;       // Show Lambda's own lines of functions' logs.
  bool json = false;         // One line on stdout once it accepts.
  bool with_parent = false;  // Ends when its standard input ends.
  bool no_timeout = false;
};

// Serves until SIGINT or SIGTERM. An error: it could not start.
Result<void> serve(ServeOptions options);

}  // namespace smyth::live
