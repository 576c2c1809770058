#pragma once

#include <cstdint>

namespace smyth::sim {

// How often things go wrong, in millionths of the starts, runs, hook calls or arrivals.
struct Faults {
  std::uint32_t init_reports = 0;    // The bootstrap says why it cannot start.
  std::uint32_t init_exits = 0;      // It ends without a word.
  std::uint32_t init_hangs = 0;      // It is never ready.
  std::uint32_t spawn_fails = 0;     // There is no process at all.
  std::uint32_t function_error = 0;  // The handler raises.
  std::uint32_t crash = 0;           // The process ends during the run.
  std::uint32_t hang = 0;            // The run never ends: the timeout does.
  std::uint32_t idle_exit = 0;       // The process ends some time after it has answered.
  std::uint32_t hook_fails = 0;      // A strategy, event or context function raises.
  std::uint32_t bad_choice = 0;      // A strategy chooses a slot that is not there.
  std::uint32_t answers_early = 0;   // The answer comes some time before it is ready for the next.
  std::uint32_t pause = 0;           // A debugger stops the run for a while.
};

}  // namespace smyth::sim
