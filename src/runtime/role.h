#pragma once

#include <compare>
#include <cstdint>

namespace smyth::runtime {

// Names one process for the server and for what forks it.
struct ForkId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  auto operator<=>(const ForkId&) const = default;
};

// What a process is. The zygote forks the first three, a snapshot those that are restored from it;
// the launcher starts the others.
enum class Role : char {
  environment = 'e',  // Python of ours, speaking frames.
  hooks = 'h',
  snapshot = 's',   // An environment whose init is done: it forks others that go on from there.
  restored = 'r',   // Such a one.
  framed = 'f',     // A program of ours that speaks frames: Node's bootstrap.
  program = 'p',    // Any other: its words go over the Runtime API.
  extension = 'x',  // A program beside the runtime of an environment.
};

inline bool is_launched(Role role) {
  return role == Role::framed || role == Role::program || role == Role::extension;
}
inline bool speaks_frames(Role role) { return role != Role::program && role != Role::extension; }

}  // namespace smyth::runtime
