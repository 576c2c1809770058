#pragma once

#include "base/ids.h"
#include "core/scheduler.h"

#include <cstdint>
#include <optional>
#include <span>

namespace smyth::sim {

// The strategies of users, of functions that have one (core::Strategy::user).
class Chooser {
 public:
  virtual ~Chooser() = default;
  // The slot of a function that its next invocation gets. nullopt: the strategy failed, and so does
  // the invocation.
  virtual std::optional<Slot> choose(std::uint32_t function,
                                     std::span<const core::SlotView> slots) = 0;
};

}  // namespace smyth::sim
