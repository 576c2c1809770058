#pragma once

#include "core/action.h"

#include <cstddef>
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

// `hash` with a decision more: all that the action says, and when. From its members, not from its
// bytes: those were written in smaller pieces just before, and reading them at once would wait for
// that.
inline std::uint64_t mix(std::uint64_t hash, const Action& action, TimePoint now) {
  const auto word = [](std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint64_t>(high) << 32 | low;
  };
  const std::uint32_t kinds = static_cast<std::uint32_t>(action.kind) |
                              static_cast<std::uint32_t>(action.detail) << 8 |
                              static_cast<std::uint32_t>(action.reason) << 16;
  const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const bool has_serial = action.kind == ActionKind::start || action.kind == ActionKind::choose;
  const std::uint64_t last =
      has_serial ? word(action.function, action.serial)
                 : static_cast<std::uint64_t>(action.deadline.time_since_epoch().count());
  return mix(mix(hash, word(kinds, action.slot) ^ time,
                 word(action.invocation.index, action.invocation.generation)),
             word(action.environment.index, action.environment.generation), last);
}

// The actions of one step, in memory that is kept for the next.
class Decisions {
 public:
  void clear() { count_ = 0; }
  void add(const Action& action) {
    if (count_ == actions_.size()) [[unlikely]] {
      actions_.resize(2 * count_ + 64);
    }
    actions_[count_++] = action;
  }
  std::span<const Action> all() const { return {actions_.data(), count_}; }

 private:
  std::vector<Action> actions_;
  std::size_t count_ = 0;
};

}  // namespace smyth::core
