#pragma once

#include "base/result.h"
#include "calibrate/fit.h"
#include "calibrate/replay.h"

#include <span>
#include <string>
#include <string_view>

namespace smyth::calibrate {

// Constants in a file, and when they were fitted: a TOML document with `made` (a date) and
// `function_idle`, `surplus_idle` and `max_life` in seconds, 0 for none. Whatever else is in it
// says how they came about.
struct Profile {
  std::string made;  // 2026-01-31
  Constants constants;
};

Result<Profile> read_profile(const std::string& file);
Result<Profile> parse_profile(std::string_view text, const std::string& file);

// The document of a fit, with the scores of its traces.
std::string profile_text(const Fit& fit, std::span<const Trace> traces, const TraceOptions& options,
                         std::string_view made);

}  // namespace smyth::calibrate
