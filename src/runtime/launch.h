#pragma once

#include "base/result.h"
#include "runtime/linux_mounts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {

// A program for the launcher to start.
struct Launch {
  std::vector<std::string>
      words;  // words[0] is looked for in `PATH` of `environ` unless it has a slash.
  std::vector<std::string> environ;  // "NAME=value", all of them.
  std::string cwd;
  Mounts mounts = {};
  std::string group = {};  // File by which it joins a group (linux_cgroup.h); empty: none.
  bool operator==(const Launch&) const = default;
};

// Text and back, for the way to the launcher.
std::string pack(const Launch& launch);
std::optional<Launch> unpack(std::string_view text);

}  // namespace smyth::runtime
