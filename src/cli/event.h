#pragma once

#include "base/result.h"

#include <string>

namespace smyth::cli {

// The event of the command line: `-`, a file, or JSON itself; `{}` where none is given.
Result<std::string> read_event(const std::string& given);

}  // namespace smyth::cli
