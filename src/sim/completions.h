#pragma once

#include "base/check.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smyth::sim {

// When environments will be done with what they do, the earliest first, of equal times the one
// added first. A heap with four children a node, whose entries are single numbers: one is added and
// one taken for each call.
class Completions {
 public:
  // The time, then the entry's own number, then the environment.
  class Entry {
   public:
    Entry(TimePoint at, std::uint64_t number, std::uint32_t environment)
        : key_(static_cast<Key>(at.time_since_epoch().count()) << 64 | number << environment_bits |
               environment) {}

    TimePoint at() const { return TimePoint(Duration(static_cast<Duration::rep>(key_ >> 64))); }
    std::uint64_t number() const { return static_cast<std::uint64_t>(key_) >> environment_bits; }
    std::uint32_t environment() const { return static_cast<std::uint32_t>(key_) % environments; }

    bool operator<(const Entry& other) const { return key_ < other.key_; }

   private:
    using Key = unsigned __int128;

    Key key_;
  };

  // The number of the entry, which tells it from others: never zero, and counts to 2^38.
  std::uint64_t add(TimePoint at, std::uint32_t environment) {
    SMYTH_CHECK(environment < environments);
    const Entry entry(at, ++number_, environment);
    heap_.push_back(entry);
    rise(heap_.size() - 1, entry);
    return entry.number();
  }

  TimePoint first_at() const { return heap_.empty() ? TimePoint::max() : heap_.front().at(); }

  Entry take() {
    const Entry taken = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) rise(sink_hole(), last);
    return taken;
  }

 private:
  static constexpr unsigned environment_bits = 26;
  static constexpr std::uint32_t environments = 1u << environment_bits;
  static constexpr std::size_t children = 4;

  // The first place is free: who comes next moves up, and so on to a leaf. Which is free then.
  std::size_t sink_hole() {
    Entry* const heap = heap_.data();
    const std::size_t size = heap_.size();
    std::size_t hole = 0;
    std::size_t first = 1;
    // Which of the four comes next nobody could foretell: there are no branches.
    for (; first + children <= size; first = hole * children + 1) {
      const std::size_t one = first + (heap[first + 1] < heap[first] ? 1 : 0);
      const std::size_t other = first + (heap[first + 3] < heap[first + 2] ? 3 : 2);
      const std::size_t least = heap[other] < heap[one] ? other : one;
      heap[hole] = heap[least];
      hole = least;
    }
    if (first >= size) return hole;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < size; ++child) {
      least = heap[child] < heap[least] ? child : least;
    }
    heap[hole] = heap[least];
    return least;
  }

  void rise(std::size_t place, Entry entry) {
    Entry* const heap = heap_.data();
    while (place > 0) {
      const std::size_t parent = (place - 1) / children;
      if (!(entry < heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = entry;
  }

  std::vector<Entry> heap_;
  std::uint64_t number_ = 0;
};

}  // namespace smyth::sim
