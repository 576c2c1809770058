#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace smyth::sim {

// When environments will be done with what they do, the earliest first, of equal times the one
// added first. A heap with four children a node, whose entries are small: one is added and one
// taken for each call.
class Completions {
 public:
  struct Entry {
    TimePoint at;
    std::uint32_t sequence;  // Wraps around: only entries of one time are compared by it.
    std::uint32_t environment;
  };

  // The number of the entry, which tells it from others of its environment. Never zero.
  std::uint32_t add(TimePoint at, std::uint32_t environment) {
    if (++sequence_ == 0) ++sequence_;
    const Entry entry{at, sequence_, environment};
    std::size_t place = heap_.size();
    heap_.push_back(entry);
    while (place > 0) {
      const std::size_t parent = (place - 1) / children;
      if (!is_before(entry, heap_[parent])) break;
      heap_[place] = heap_[parent];
      place = parent;
    }
    heap_[place] = entry;
    return entry.sequence;
  }

  TimePoint first_at() const { return heap_.empty() ? TimePoint::max() : heap_.front().at; }

  Entry take() {
    const Entry taken = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return taken;
    const std::size_t size = heap_.size();
    std::size_t place = 0;
    for (;;) {
      const std::size_t first = place * children + 1;
      if (first >= size) break;
      std::size_t least = first;
      const std::size_t end = first + children < size ? first + children : size;
      for (std::size_t child = first + 1; child < end; ++child) {
        least = is_before(heap_[child], heap_[least]) ? child : least;
      }
      if (!is_before(heap_[least], last)) break;
      heap_[place] = heap_[least];
      place = least;
    }
    heap_[place] = last;
    return taken;
  }

 private:
  static constexpr std::size_t children = 4;

  // Without branches: nobody could foretell them.
  static bool is_before(const Entry& a, const Entry& b) {
    const bool is_earlier = a.at < b.at;
    const bool is_first = static_cast<std::int32_t>(a.sequence - b.sequence) < 0;
    return is_earlier | ((a.at == b.at) & is_first);
  }

  std::vector<Entry> heap_;
  std::uint32_t sequence_ = 0;
};

}  // namespace smyth::sim
