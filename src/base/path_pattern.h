#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smyth {

// What a parameter of a path pattern takes, with Starlette's names and rules.
enum class Convertor : std::uint8_t {
  str,       // One segment or a part of it: anything but a slash, at least one character.
  path,      // Anything, also nothing.
  integer,   // Digits ("int").
  floating,  // Digits, and perhaps a point and more digits ("float").
  uuid,      // 32 hexadecimal digits, hyphens between the groups or not.
};

// A path pattern such as "/orders/{id:int}/{rest:path}", taken apart: parameters, the literal text
// that stands before each, and the literal text at the end. It matches nothing; the front's router
// does.
struct PathSyntax {
  struct Param {
    std::string before;
    std::string name;
    Convertor convertor = Convertor::str;

    bool operator==(const Param&) const = default;
  };
  std::vector<Param> params;
  std::string after;

  bool operator==(const PathSyntax&) const = default;

  // Whether both match the same paths: the names of parameters do not count.
  bool matches_like(const PathSyntax& other) const;
};

// An error is about the pattern alone: whoever calls adds whose it is. Unlike in Starlette a brace
// that belongs to no parameter is an error, since "{proxy+}" or "{order id}" as literal text is
// never meant.
Result<PathSyntax> parse_path_pattern(std::string_view text);

}  // namespace smyth
