#pragma once

#include "base/time.h"

#include <array>
#include <cstdint>

namespace smyth {

// A stream of random numbers that is the same for every compiler, library and machine: the
// generator is xoshiro256**, and the distributions use integers alone, since those of <random>
// differ by library and those of libm in their last digits. Give each purpose a stream of its own,
// so that a change in one does not disturb the others.
class Prng {
 public:
  explicit Prng(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t state = seed ^ mix(stream + 0x9e3779b97f4a7c15);
    for (std::uint64_t& word : state_) word = mix(state += 0x9e3779b97f4a7c15);
  }

  // Any 64 bits.
  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // A number from 0 to `bound` - 1; the bias is below `bound` / 2^64.
  std::uint64_t below(std::uint64_t bound) { return high(next(), bound); }

  // Whether something with a chance of `millionths` in a million happens.
  bool happens(std::uint32_t millionths) { return below(1'000'000) < millionths; }

  // A length from zero to just below `end`, all equally likely.
  Duration uniform(Duration end) {
    return Duration(static_cast<Duration::rep>(below(static_cast<std::uint64_t>(end.count()))));
  }

  // A length of exponential distribution. Von Neumann's method: a falling run of uniform numbers
  // that starts with u has odd length with probability e^-u, so comparisons suffice.
  Duration exponential(Duration mean) {
    const auto whole = static_cast<std::uint64_t>(mean.count());
    for (std::uint64_t means = 0;; ++means) {
      const std::uint64_t first = next();
      std::uint64_t least = first;
      bool odd = true;
      for (std::uint64_t drawn = next(); drawn < least; drawn = next()) {
        least = drawn;
        odd = !odd;
      }
      if (odd) return Duration(static_cast<Duration::rep>(means * whole + high(first, whole)));
    }
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t word, int by) {
    return (word << by) | (word >> (64 - by));
  }
  static constexpr std::uint64_t high(std::uint64_t left, std::uint64_t right) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(left) * right) >> 64);
  }
  // The finaliser of SplitMix64: any two inputs give unrelated outputs.
  static constexpr std::uint64_t mix(std::uint64_t word) {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace smyth
