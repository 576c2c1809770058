#pragma once

#include "base/time.h"
#include "calibrate/trace.h"
#include "core/function.h"

#include <cstdint>

namespace smyth::calibrate {

// How long environments live; see core::FunctionSpec for the rules. Zero: no such limit.
struct Constants {
  Duration function_idle{0};  // All idle ones end when none has worked for so long.
  Duration surplus_idle{0};   // One that was idle for so long ends.
  Duration max_life{0};       // One so old ends as soon as it is idle.

  bool operator==(const Constants&) const = default;
};

// What a replay made of the calls of a trace.
struct Score {
  std::uint64_t calls = 0;
  std::uint64_t recorded_cold = 0;
  std::uint64_t replayed_cold = 0;
  std::uint64_t both_cold = 0;

  // Cold in one and warm in the other.
  std::uint64_t wrong() const { return recorded_cold + replayed_cold - 2 * both_cold; }
  // Of the count of cold starts, as a share of those recorded.
  double count_error() const;

  Score& operator+=(const Score& other);
};

// Which environments there were before a trace began is not known: its first 25 minutes are played
// and not counted.
inline constexpr Duration settling = std::chrono::seconds(1'500);

// Plays the calls of a trace to the scheduler, with these constants and without other limits, and
// compares which were cold. Calls in the first `settle` of the trace are not counted.
Score replay(const Trace& trace, const Constants& constants, Duration settle = settling);

// Makes the calls of a trace those cold that a replay finds cold.
void mark_cold(Trace& trace, const Constants& constants);

}  // namespace smyth::calibrate
