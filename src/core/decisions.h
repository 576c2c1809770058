#pragma once

#include "core/action.h"

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace smyth::core {

// `hash` with two words more.
inline std::uint64_t mix(std::uint64_t hash, std::uint64_t a, std::uint64_t b) {
  using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(hash ^ a ^ 0x9e3779b97f4a7c15) * (b ^ 0xd1b54a32d192ed03);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// `hash` with a decision more: all that the action says, and when.
inline std::uint64_t mix(std::uint64_t hash, const Action& action, TimePoint now) {
  const auto words = std::bit_cast<std::array<std::uint64_t, sizeof(Action) / 8>>(action);
  static_assert(sizeof(Action) == 32);
  const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return mix(mix(hash, words[0] ^ time, words[1]), words[2], words[3]);
}

}  // namespace smyth::core
