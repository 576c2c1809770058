#pragma once

#include <string>
#include <string_view>

// What outcomes are called in functions' logs.
namespace smyth::live {

// `errorType` of an error document.
std::string error_type_of(std::string_view document);

}  // namespace smyth::live
