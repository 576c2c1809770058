#pragma once

#include "base/unique_fd.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::runtime {

// How the file system looks to an environment.
struct Mounts {
  std::string tmp;                // Folder that is its /tmp; empty: nothing is different.
  std::vector<std::string> kept;  // What is below /tmp and stays there.
  std::string read_only;          // Folder that it cannot write to; empty: none.
  std::uint32_t tmp_mib = 0;      // What its /tmp holds at most; 0: as much as the folder.
  std::string opt = {};           // Folder that is its /opt, to be read alone; empty: the system's.
  // Files of namespaces that there are already, whose mounts these are: of the mounts, and of users
  // if that is another one than the server's. Empty: the process makes its own.
  std::string joined = {};
  std::string joined_user = {};
  bool operator==(const Mounts&) const = default;

  bool is_empty() const {
    return tmp.empty() && read_only.empty() && opt.empty() && joined.empty();
  }
};

// Whether this user may give processes mounts of their own: tried once, by a process that does.
bool can_mount();
// Whether these come with Lambda's limit of processes, which only a user namespace has.
bool can_limit_processes();

// Where the layers of a function are, as on Lambda, if they can be mounted there.
inline constexpr const char* opt_folder = "/opt";

// Gives this process mounts of its own, and these. It has one thread. False: errno says why, and
// the process should not go on unless it is not to know better.
bool enter_mounts(const Mounts& mounts);

// Keeps the mounts of a process, also when it is gone: for Mounts::joined of another one.
class KeptMounts {
 public:
  // Empty if it is gone, or has the mounts that this process has.
  static KeptMounts of(pid_t pid);

  explicit operator bool() const { return static_cast<bool>(mounts_); }
  // The files by which a process of this user joins them.
  std::string file() const;
  std::string user_file() const;

 private:
  UniqueFd mounts_;
  UniqueFd user_;  // Empty: that of this process.
};

// Of these paths what is there below /tmp, without what lies below another one.
std::vector<std::string> paths_below_tmp(std::vector<std::string> paths);

}  // namespace smyth::runtime
