#pragma once

#include "base/result.h"

#include <filesystem>

namespace smyth::package {

// Copies what is in `source` over what is in `target`, as a later layer lies over an earlier one:
// folders are put together, and of anything else what comes later stays. Links are copied as links.
Result<void> lay_over(const std::filesystem::path& source, const std::filesystem::path& target);

}  // namespace smyth::package
