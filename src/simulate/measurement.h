#pragma once

#include "base/time.h"
#include "sim/laws.h"
#include "simulate/question.h"

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::simulate {

// What was seen of a handler that was run: lengths as REPORT lines have them.
struct Measurement {
  std::vector<Duration> warm;   // How long invocations ran in an environment that was there.
  std::vector<Duration> inits;  // Of environments that started, where it is told.
  std::uint32_t invocations = 0;
  std::uint32_t errors = 0;  // Of those.
};

// The report's line of it; `event` as it was given on the command line, empty: it was not.
Constant constant_of(const std::string& function, const Measurement& measured,
                     const std::string& event);

}  // namespace smyth::simulate
