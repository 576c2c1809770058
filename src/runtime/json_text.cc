#include "runtime/json_text.h"

#include "runtime/utf8.h"

namespace smyth::runtime {
namespace {

void append_escape(std::string& to, unsigned value) {
  constexpr char digits[] = "0123456789abcdef";
  to += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) to += digits[(value >> shift) & 0xf];
}

void append_character(std::string& to, char c) {
  if (c == '"' || c == '\\') {
    to += '\\';
    to += c;
  } else if (static_cast<unsigned char>(c) < 0x20) {
    append_escape(to, static_cast<unsigned char>(c));
  } else {
    to += c;
  }
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    const std::size_t valid = valid_prefix(text);
    for (const char c : text.substr(0, valid)) append_character(to, c);
    text.remove_prefix(valid);
    if (text.empty()) break;
    append_escape(to, 0xdc00u + static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  }
  to += '"';
}

void append_json_latin1(std::string& to, std::string_view bytes) {
  to += '"';
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x80) {
      append_character(to, c);
    } else {
      append_escape(to, value);
    }
  }
  to += '"';
}

}  // namespace smyth::runtime
