#pragma once

#include <cstdint>
#include <limits>

namespace smyth {

// A dense index with a generation. The index addresses arrays; the generation tells a record from
// its predecessor in the same place, so that a message about a dead one is recognised and ignored.
template <class Tag>
struct Id {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t index = none;
  std::uint32_t generation = 0;

  constexpr explicit operator bool() const { return index != none; }
  constexpr bool operator==(const Id&) const = default;
};

using FunctionId = Id<struct FunctionTag>;
using InvocationId = Id<struct InvocationTag>;
// One run of an environment's processes: a reset environment starts again under a new generation.
using EnvironmentId = Id<struct EnvironmentTag>;

// A numbered place for an environment: slot 1 of `orders` is `orders:1`.
using Slot = std::uint32_t;
inline constexpr Slot no_slot = std::numeric_limits<Slot>::max();

}  // namespace smyth
