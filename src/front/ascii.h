#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
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

// A set of characters, looked up by their value.
class CharSet {
 public:
  // Whatever `is_member` says yes to.
  template <class IsMember>
  explicit constexpr CharSet(IsMember is_member) {
    for (int byte = 0; byte < 256; ++byte) {
      members_[static_cast<std::size_t>(byte)] = is_member(static_cast<char>(byte));
    }
  }

  constexpr bool contains(char c) const { return members_[static_cast<unsigned char>(c)]; }
  constexpr bool contains_all(std::string_view text) const {
    return std::all_of(text.begin(), text.end(), [this](char c) { return contains(c); });
  }

 private:
  std::array<bool, 256> members_{};
};

// What names of methods and header fields consist of (RFC 9110, `tchar`).
inline constexpr CharSet token_chars([](char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
});

// What the value of a header field consists of: no control characters but the tab.
inline constexpr CharSet value_chars([](char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
});

}  // namespace smyth::front
