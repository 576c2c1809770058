#pragma once

#include "base/result.h"
#include "traffic/readers.h"
#include "traffic/text_file.h"

#include <vector>

namespace smyth::traffic {

// read_rates() of a file that is open.
Result<std::vector<RatePoint>> read_rates(TextFile file);

}  // namespace smyth::traffic
