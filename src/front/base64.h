#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smyth::front {

// RFC 4648, section 4, with padding.
void append_base64(std::string& out, std::string_view bytes);

// The bytes; nullopt if `text` is not base64. Padding may be missing; blanks and line ends may not
// stand anywhere, as in Java's basic decoder.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace smyth::front
