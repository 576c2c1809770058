#include "observe/json_line.h"

#include <boost/json.hpp>

namespace smyth::observe {

void append_json(std::string& to, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (c == '\t') {
      to += "\\t";
    } else if (value < 0x20) {
      to += "\\u00";
      to += digits[value >> 4];
      to += digits[value & 0xf];
    } else {
      to += c;
    }
  }
  to += '"';
}

bool is_json_object(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || line[begin] != '{') return false;
  boost::system::error_code error;
  boost::json::stream_parser parser;
  parser.write(line.data(), line.size(), error);
  if (!error) parser.finish(error);
  return !error;
}

}  // namespace smyth::observe
