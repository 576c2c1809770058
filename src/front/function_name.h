#pragma once

#include <optional>
#include <string_view>

namespace smyth::front {

// A function as callers of Lambda's API name it: "NAME", "NAME:QUALIFIER", a partial ARN
// ("123456789012:function:NAME") or a whole one; views into the text.
struct FunctionName {
  std::string_view region;  // Empty if not given; so are the next ones.
  std::string_view account;
  std::string_view name;
  std::string_view qualifier;
};

// AWS's pattern for it, as its error message shows it.
extern const std::string_view function_name_pattern;
extern const std::string_view qualifier_pattern;

// nullopt if `text` does not match the pattern.
std::optional<FunctionName> parse_function_name(std::string_view text);

// "$LATEST", a version's number or an alias.
bool is_qualifier(std::string_view text);

}  // namespace smyth::front
