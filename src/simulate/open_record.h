#pragma once

#include "base/result.h"

#include <istream>
#include <memory>
#include <string>

namespace smyth::simulate {

// What `smyth run --record` has written; `-` is standard input.
Result<std::unique_ptr<std::istream>> open_record(const std::string& file);

// Whether a file begins as a record does. What can be read only once, such as a pipe, is not looked
// into: it is none.
bool is_record(const std::string& file);

}  // namespace smyth::simulate
