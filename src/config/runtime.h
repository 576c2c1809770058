#pragma once

#include "config/config.h"
#include "config/reader.h"

#include <filesystem>

namespace smyth::config {

// What runs in a function's environments: `runtime`, `command`, `code`, `freeze`, `snap_start`.
void read_runtime(const TableReader& reader, Function& function);

}  // namespace smyth::config
