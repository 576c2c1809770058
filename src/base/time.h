#pragma once

#include <chrono>
#include <cstdint>

namespace smyth {

// Scheduler time: whole nanoseconds from an epoch that the driver chooses (live: the server's
// start, sim: zero). It has no now(): whoever needs the time is given it.
struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using TimePoint = Clock::time_point;

}  // namespace smyth
