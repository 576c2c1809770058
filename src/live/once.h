#pragma once

#include "base/result.h"
#include "config/config.h"

#include <filesystem>
#include <string>

namespace smyth::live {

struct OnceOptions {
  config::Config config;
  std::filesystem::path start_folder;
  std::string function;  // Its name; configured.
  std::string event;     // JSON
  bool log = false;      // The caller shows the outcome's log: output is not shown as it comes.
  bool no_timeout = false;
};

// How a single invocation ended, as Invoke tells it.
struct OnceOutcome {
  bool is_error = false;
  std::string payload;  // The result, or the error document.
  std::string log;      // START, what the handler wrote, END, REPORT.
};

// Starts one environment, invokes the function in it once, and ends it. What the handler writes
// goes to stderr as it comes, unless the log is asked for.
Result<OnceOutcome> invoke_once(OnceOptions options);

}  // namespace smyth::live
