#pragma once

#include "base/result.h"
#include "traffic/call.h"
#include "traffic/readers.h"
#include "traffic/text_file.h"

#include <memory>

namespace smyth::traffic {

// open_calls() of a file that is open.
Result<std::unique_ptr<CallSource>> read_calls(TextFile file);

}  // namespace smyth::traffic
