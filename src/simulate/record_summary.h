#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "core/replay.h"
#include "sim/tally.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace smyth::simulate {

inline constexpr std::size_t verdict_count = static_cast<std::size_t>(core::Verdict::shutdown) + 1;

// What a record of `smyth run` holds, counted step by step as it is replayed.
class RecordSummary {
 public:
  struct Counts {
    std::uint32_t functions = 0;  // Configured at any time.
    std::uint64_t calls = 0;
    std::uint64_t cold = 0;     // An environment started for them.
    std::uint64_t started = 0;  // New environments, also ahead of calls and for changed code.
    std::uint32_t peak = 0;     // Environments with processes at once.
    std::array<std::uint64_t, verdict_count> verdicts{};       // Of the answers.
    std::array<std::uint64_t, sim::reason_count> throttled{};  // Of those throttled.
    std::optional<TimePoint> first;                            // Input.
    TimePoint last{};
  };

  void add(const core::ReplayedStep& step);

  const Counts& counts() const { return counts_; }

 private:
  void started(const core::Action& action);
  void ended(EnvironmentId id);

  Counts counts_;
  std::uint32_t alive_count_ = 0;
  std::vector<EnvironmentId> alive_;  // Those with processes, by index.
  std::vector<bool> cold_;            // Invocations, by index.
};

}  // namespace smyth::simulate
