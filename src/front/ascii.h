#pragma once

#include <algorithm>
#include <string_view>

// ASCII as protocols see it, whatever the locale.
namespace smyth::front {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool equals_ignoring_case(std::string_view one, std::string_view other) {
  return one.size() == other.size() &&
         std::equal(one.begin(), one.end(), other.begin(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

// What names of methods and header fields consist of (RFC 9110, `tchar`).
constexpr bool is_token_char(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

}  // namespace smyth::front
