#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace smyth::config {

// A whole file, at most 4 MiB. `what` names it in errors: "the configuration".
Result<std::string> read_file(const std::filesystem::path& file, std::string_view what);

}  // namespace smyth::config
