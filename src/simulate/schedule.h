#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace smyth::simulate {

// How much concurrency is provisioned at which time of day; time zero is midnight.
struct Schedule {
  // From a time of day until another, which may be on the next day.
  struct Window {
    std::uint32_t count = 0;
    Duration from{0};
    Duration until{0};
  };
  std::uint32_t otherwise = 0;
  std::vector<Window> windows;  // The first that holds counts.

  std::uint32_t most() const;
  std::uint32_t level_at(TimePoint now) const;
  // The first time after `now` at which a window begins or ends; never, if there are none.
  TimePoint next_change(TimePoint now) const;
};

//   50                   always
//   50@8h-18h            from 8:00 until 18:00 of every day, else none
//   10,50@8h-18h         else 10
//   none
Result<Schedule> read_schedule(std::string_view text, std::string_view what);

}  // namespace smyth::simulate
