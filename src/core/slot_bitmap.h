#pragma once

#include "base/ids.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace smyth::core {

// A set of slots that finds its lowest member fast: one bit a slot, and above them one bit for each
// word that has any.
class SlotBitmap {
 public:
  // Room for the slots below `count`; those at and above it leave the set.
  void resize(std::uint32_t count) {
    words_.resize((count + 63) / 64);
    summary_.resize((words_.size() + 63) / 64);
    if (count % 64 != 0) words_.back() &= (std::uint64_t{1} << (count % 64)) - 1;
    for (auto& word : summary_) word = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] != 0) summary_[i / 64] |= bit(i);
    }
  }

  void insert(Slot slot) {
    words_[slot / 64] |= bit(slot);
    summary_[slot / 4096] |= bit(slot / 64);
  }

  void erase(Slot slot) {
    words_[slot / 64] &= ~bit(slot);
    if (words_[slot / 64] == 0) summary_[slot / 4096] &= ~bit(slot / 64);
  }

  // no_slot if the set is empty.
  Slot lowest() const {
    for (std::size_t i = 0; i < summary_.size(); ++i) {
      if (summary_[i] == 0) continue;
      const std::size_t word = i * 64 + static_cast<std::size_t>(std::countr_zero(summary_[i]));
      return static_cast<Slot>(word * 64 +
                               static_cast<std::size_t>(std::countr_zero(words_[word])));
    }
    return no_slot;
  }

 private:
  static std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i % 64); }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;
};

}  // namespace smyth::core
