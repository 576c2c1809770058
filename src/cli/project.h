#pragma once

#include "base/result.h"
#include "config/config.h"

#include <string>

namespace smyth::cli {

inline constexpr int exit_failed = 1;
inline constexpr int exit_misused = 2;
inline constexpr int exit_interrupted = 130;

// Prints `error:` and `hint:` lines; the exit code that goes with them.
int report(const Error& error);

// The configuration named, or the one found from the working directory upwards. Mistakes are
// printed; the value of an error is then the exit code.
std::expected<config::Config, int> load_config(const std::string& file);

// An error if there is no such function, with the nearest name.
Result<void> check_function(const config::Config& config, const std::string& name);

}  // namespace smyth::cli
