#pragma once

#include "base/result.h"
#include "config/config.h"
#include "live/host.h"
#include "live/log_flusher.h"
#include "observe/log.h"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace smyth::live {

// The functions of a configuration without a server: they are invoked one after another, as by
// Invoke, in environments that live as long as the session.
class Session final : private Front {
 public:
  struct Options {
    config::Config config;
    std::filesystem::path start_folder;
    observe::Level level = observe::Level::warning;
    bool output = true;  // What handlers write is shown as it comes.
    bool no_timeout = false;
  };

  // How an invocation ended, as Invoke tells it.
  struct Outcome {
    bool is_error = false;
    bool cold = false;    // An environment started for it.
    std::string payload;  // The result, or the error document.
    std::string log;      // START, what the handler wrote, END, REPORT.
  };

  static Result<std::unique_ptr<Session>> open(Options options);
  ~Session() override;

  // nullopt: SIGINT or SIGTERM came before the end. An error: there is no such function, or Invoke
  // refuses such an event.
  Result<std::optional<Outcome>> invoke(const std::string& function, std::string event);

  // For what else is asked of the functions between two invocations.
  Host& host() { return *host_; }
  boost::asio::io_context& loop() { return loop_; }

  // Until the function's only environment has ended, as its `idle_max` says.
  void wait_until_cold(const std::string& function);

 private:
  explicit Session(const Options& options);
  void accepted(Request& request) override;
  void answer(const Answer& answer) override;

  boost::asio::io_context loop_{1};
  observe::Log log_;
  const LogFlusher flusher_;
  std::unique_ptr<Host> host_;
  std::optional<Outcome> outcome_;
};

}  // namespace smyth::live
