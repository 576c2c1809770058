#pragma once

#include "runtime/runtime.h"

#include <string>

namespace smyth::runtime {

// The whole `start` frame of an environment.
std::string start_frame(const StartSpec& spec);

}  // namespace smyth::runtime
