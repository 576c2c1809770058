#pragma once

#include "base/result.h"
#include "traffic/call.h"
#include "traffic/readers.h"
#include "traffic/text_file.h"

#include <memory>

namespace smyth::traffic {

// open_azure_2019() of files that are open.
Result<std::unique_ptr<CallSource>> read_azure_2019(TextFile calls_per_minute, TextFile durations);

}  // namespace smyth::traffic
