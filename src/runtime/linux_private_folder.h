#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace smyth::runtime {

// Whether this is a folder of this user's that nobody else may write to. A symbolic link is none.
bool is_private_folder(const std::filesystem::path& folder);

// A new private folder of a name that begins so.
Result<std::filesystem::path> make_temporary_folder(const std::string& beginning);

}  // namespace smyth::runtime
