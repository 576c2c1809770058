#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace smyth::runtime {

// Bytes at the front of `text` that are whole characters of UTF-8.
std::size_t valid_prefix(std::string_view text);

// Appends `text`; each byte that begins no character becomes U+FFFD.
void append_repaired(std::string& to, std::string_view text);

}  // namespace smyth::runtime
