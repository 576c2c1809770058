#pragma once

#include "runtime/runtime.h"

namespace smyth::runtime {

// Whether the file on disk is still the one that was loaded: same time of change, same size.
bool is_as_loaded(const LoadedModule& module);

}  // namespace smyth::runtime
