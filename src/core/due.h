#pragma once

#include "base/time.h"
#include "core/links.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace smyth::core {

// Deadlines at the same time fire in this order.
enum class Due : std::uint8_t { idle, life, init, timeout, wait, next, retry, shutdown };

// A deadline as one number: first the time, then the kind.
using DueKey = std::uint64_t;
inline constexpr DueKey never = ~DueKey{0};

inline DueKey due_key(TimePoint at, Due kind) {
  constexpr std::int64_t latest = (std::int64_t{1} << 60) - 1;  // 36 years.
  const std::int64_t time = std::min(at.time_since_epoch().count(), latest);
  return static_cast<DueKey>(time) << 3 | static_cast<DueKey>(kind);
}
inline TimePoint due_time(DueKey key) {
  return TimePoint(Duration(static_cast<std::int64_t>(key >> 3)));
}
inline Due due_kind(DueKey key) { return static_cast<Due>(key & 7); }

// The functions by their next deadline, of equal ones the lowest index first: a binary heap.
class DueHeap {
 public:
  // A function more, with no deadline.
  void grow() {
    places_.push_back(entries_.size());
    entries_.push_back({never, static_cast<Index>(entries_.size())});
  }

  DueKey next_key() const { return entries_.empty() ? never : entries_.front().first; }
  Index next_function() const { return entries_.front().second; }

  void set(Index function, DueKey key) {
    std::size_t at = places_[function];
    const bool is_earlier = key < entries_[at].first;
    entries_[at].first = key;
    is_earlier ? rise(at) : sink(at);
  }

 private:
  using Entry = std::pair<DueKey, Index>;

  void rise(std::size_t at) {
    while (at > 0 && entries_[at] < entries_[(at - 1) / 2]) {
      exchange(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  void sink(std::size_t at) {
    for (std::size_t child = 2 * at + 1; child < entries_.size(); child = 2 * at + 1) {
      if (child + 1 < entries_.size() && entries_[child + 1] < entries_[child]) ++child;
      if (!(entries_[child] < entries_[at])) return;
      exchange(at, child);
      at = child;
    }
  }

  void exchange(std::size_t a, std::size_t b) {
    std::swap(entries_[a], entries_[b]);
    places_[entries_[a].second] = a;
    places_[entries_[b].second] = b;
  }

  std::vector<Entry> entries_;
  std::vector<std::size_t> places_;  // By function: where its entry is.
};

}  // namespace smyth::core
