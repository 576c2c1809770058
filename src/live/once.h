#pragma once

#include "base/result.h"
#include "config/config.h"
#include "live/session.h"

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

// Starts one environment, invokes the function in it once, and ends it. What the handler writes
// goes to stderr as it comes, unless the log is asked for.
Result<Session::Outcome> invoke_once(OnceOptions options);

}  // namespace smyth::live
