#pragma once

#include "base/time.h"
#include "core/input.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace smyth::sim {

// The order of inputs at equal times, which is part of the scheduler's contract.
enum class Rank : std::uint8_t {
  completion,  // What processes and hooks say.
  timer,       // The scheduler's own deadlines.
  arrival,     // What clients, files and the operator do.
};

Rank rank_of(core::InputKind kind);

// The inputs that will happen, first by time, then by rank, then in the order they were added.
class Agenda {
 public:
  struct Entry {
    TimePoint at;
    Rank rank;
    std::uint64_t sequence;
    core::Input input;
  };

  void add(const core::Input& input, TimePoint at);
  bool empty() const { return heap_.empty(); }
  const Entry& first() const { return heap_.front(); }
  Entry take();

 private:
  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace smyth::sim
