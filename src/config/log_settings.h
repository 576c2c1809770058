#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace smyth::config {

// `log_format` and its levels, of the server or of a function; what is not set stays as it is.
void read_log_settings(const TableReader& reader, LogSettings& log);

}  // namespace smyth::config
