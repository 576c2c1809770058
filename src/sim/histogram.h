#pragma once

#include "base/time.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace smyth::sim {

// How often lengths of time occurred, to one part in 128: a class for each length up to 128 ns, and
// 128 classes for each doubling above. Memory goes to the doublings that occur.
class Histogram {
 public:
  void add(Duration length) {
    const auto value = static_cast<std::uint64_t>(std::max<Duration::rep>(length.count(), 0));
    const auto power = static_cast<unsigned>(std::bit_width(value | 127) - 7);
    std::unique_ptr<Block>& block = blocks_[power];
    if (!block) [[unlikely]] {
      block = std::make_unique<Block>();
    }
    // Above 127 the highest bit is the block's, the seven that follow are the class's.
    ++(*block)[(value >> (power > 0 ? power - 1 : 0)) & 127];
    ++count_;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }

  void add(const Histogram& other) {
    count_ += other.count_;
    least_ = std::min(least_, other.least_);
    most_ = std::max(most_, other.most_);
    for (std::size_t power = 0; power < blocks_.size(); ++power) {
      if (!other.blocks_[power]) continue;
      if (!blocks_[power]) blocks_[power] = std::make_unique<Block>();
      for (std::size_t i = 0; i < 128; ++i) (*blocks_[power])[i] += (*other.blocks_[power])[i];
    }
  }

  std::uint64_t count() const { return count_; }

  // The length that this part of all is at most, between the ends of its class as if all there were
  // spread evenly. Zero if there are none.
  Duration percentile(double probability) const {
    if (count_ == 0) return {};
    const double rank = probability * static_cast<double>(count_);
    double below = 0;
    double found = 0;
    for_each([&](double low, double width, double number) {
      if (number > 0 && below < rank) {
        found = low + width * std::min(1.0, (rank - below) / number);
      }
      below += number;
    });
    found = std::clamp(found, static_cast<double>(least_), static_cast<double>(most_));
    return Duration(static_cast<Duration::rep>(found));
  }

  // Calls take(low, width, number) for each class that occurred, in rising order; nanoseconds.
  template <class Take>
  void for_each(Take take) const {
    for (std::size_t power = 0; power < blocks_.size(); ++power) {
      if (!blocks_[power]) continue;
      for (std::size_t i = 0; i < 128; ++i) {
        const std::uint64_t number = (*blocks_[power])[i];
        if (number == 0) continue;
        const std::uint64_t base = power == 0 ? i : (128 + i) << (power - 1);
        const std::uint64_t width = power == 0 ? 1 : std::uint64_t{1} << (power - 1);
        take(static_cast<double>(base), static_cast<double>(width), static_cast<double>(number));
      }
    }
  }

 private:
  using Block = std::array<std::uint64_t, 128>;

  std::array<std::unique_ptr<Block>, 58> blocks_;
  std::uint64_t count_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_ = 0;
};

}  // namespace smyth::sim
