#pragma once

#include "runtime/linux_mounts.h"
#include "runtime/runtime.h"

#include <string>
#include <string_view>

namespace smyth::runtime {

// The whole `start` frame of an environment. `group` is the file by which it joins a group
// (linux_cgroup.h) before it does anything else; empty: none. Then it enters its `mounts`.
std::string start_frame(const StartSpec& spec, std::string_view group = {},
                        const Mounts& mounts = {});

}  // namespace smyth::runtime
