#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text on its way into JSON, and out of it.
namespace smyth::front {

// The first byte of [at, end) that a JSON string cannot simply hold: a quote, a backslash, a
// control character, or a byte of a character beyond ASCII. `end` if there is none.
const char* plain_end(const char* at, const char* end);

// What stands at the beginning of [at, end), which begins with a byte >= 0x80: a whole character,
// or the longest part of one that is no more than that, which decoders replace by one U+FFFD.
struct Utf8Step {
  std::size_t length;
  bool is_valid;
};
Utf8Step utf8_step(const char* at, const char* end);

bool is_utf8(std::string_view text);

// Appends `text`; what is not UTF-8 becomes U+FFFD, exactly as Python's `decode("utf-8",
// "replace")` does it.
void append_utf8(std::string& out, std::string_view text);

// The same as the inside of a JSON string.
void append_json_text(std::string& out, std::string_view text);

// The same between quotes.
void append_json_string(std::string& out, std::string_view text);

// Appends what the inside of a valid JSON string stands for, in UTF-8. A lone surrogate becomes
// U+FFFD.
void append_decoded(std::string& out, std::string_view json_text);

}  // namespace smyth::front
