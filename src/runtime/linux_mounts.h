#pragma once

#include <string>
#include <vector>

namespace smyth::runtime {

// How the file system looks to an environment.
struct Mounts {
  std::string tmp;                // Folder that is its /tmp; empty: nothing is different.
  std::vector<std::string> kept;  // What is below /tmp and stays there.
  std::string read_only;          // Folder that it cannot write to; empty: none.
  bool operator==(const Mounts&) const = default;

  bool is_empty() const { return tmp.empty() && read_only.empty(); }
};

// Whether this user may give processes mounts of their own: tried once, by a process that does.
bool can_mount();

// Gives this process mounts of its own, and these. It has one thread. False: errno says why, and
// the process should not go on unless it is not to know better.
bool enter_mounts(const Mounts& mounts);

// Of these paths what is there below /tmp, without what lies below another one.
std::vector<std::string> paths_below_tmp(std::vector<std::string> paths);

}  // namespace smyth::runtime
