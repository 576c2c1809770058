#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace smyth::simulate {

// Whether the text is more than one value: "20..200/20", "1,5,10", "first_warm,round_robin".
// A schedule (`10,50@8h-18h`), a law and rates by name (`api=5,worker=3`) are one.
bool is_list(std::string_view text);

// The values of a list, as they would be written alone. A range counts from its first number in
// steps (1, unless said) up to its last. At most 10,000 values.
Result<std::vector<std::string>> read_list(std::string_view text, std::string_view what);

}  // namespace smyth::simulate
