#pragma once

#include "config/config.h"
#include "config/reader.h"

#include <filesystem>

namespace smyth::config {

// What runs in a function's environments: `runtime`, `command`, `code`, `architectures`, `freeze`,
// `snap_start`. `table` is what `reader` reads.
void read_runtime(const TableReader& reader, const toml::table& table, Function& function);

}  // namespace smyth::config
