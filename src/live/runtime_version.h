#pragma once

#include "config/config.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace smyth::live {

// What INIT_START calls the runtime: "python:3.12.v1". `python` is our interpreter's program.
std::string runtime_version(const config::Function& function, const std::filesystem::path& python);

// Its ARN, of the form that Lambda's have. Theirs end in a hash of what they run; there is nothing
// here that it could be of, so it is all zeros.
std::string runtime_version_arn(std::string_view region);

}  // namespace smyth::live
