#pragma once

#include "runtime/runtime.h"

#include <string>

namespace smyth::runtime {

// Whether the file on disk is still the one that was loaded: same time of change, same size.
bool is_as_loaded(const LoadedModule& module);

// Whether it may be code that a runtime loads or runs: by its name's ending, or since it may be
// executed, or since it is gone.
bool is_program_file(const std::string& path);

}  // namespace smyth::runtime
