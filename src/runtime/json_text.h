#pragma once

#include <string>
#include <string_view>

namespace smyth::runtime {

// Appends a JSON string. Bytes that are no UTF-8 become the lone surrogates U+DC80 to U+DCFF, as
// Python's `surrogateescape` has them: file names and variables come out there as they went in
// here.
void append_json_string(std::string& to, std::string_view text);

// The same with one character for each byte (Latin-1): HTTP's header fields.
void append_json_latin1(std::string& to, std::string_view bytes);

}  // namespace smyth::runtime
