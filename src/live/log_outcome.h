#pragma once

#include <string>
#include <string_view>

// What outcomes are called in functions' logs.
namespace smyth::live {

// Of a snapshot whose restore takes too long, hooks included.
inline constexpr std::string_view restore_timeout_error = "Runtime.RestoreHookUserTimeout";

// `errorType` of an error document.
std::string error_type_of(std::string_view document);

}  // namespace smyth::live
