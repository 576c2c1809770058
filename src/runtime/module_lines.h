#pragma once

#include "runtime/runtime.h"

#include <string_view>
#include <vector>

namespace smyth::runtime {

// Reads the `modules` of a frame, lines "mtime_ns size path\n"; false: they are none. The paths are
// views of `lines`.
bool read_modules(std::string_view lines, std::vector<LoadedModule>& modules);

}  // namespace smyth::runtime
