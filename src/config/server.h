#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace smyth::config {

// Reads the server's own settings, all but `env` and `handlers`, into `config`.
void read_server(const TableReader& reader, Config& config);

}  // namespace smyth::config
