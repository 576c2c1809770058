#pragma once

#include <string>
#include <string_view>

namespace smyth::observe {

// Appends UTF-8 as a JSON string.
void append_json(std::string& to, std::string_view text);

// Whether a line, as it was written, is a JSON object, and nothing behind it.
bool is_json_object(std::string_view line);

}  // namespace smyth::observe
