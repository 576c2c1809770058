#pragma once

#include "base/path_pattern.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::front {

// Values of a pattern's parameters, in the pattern's order, percent-decoded.
using PathParams = std::vector<std::pair<std::string, std::string>>;

// One of Starlette's path patterns: "/orders/{id}", "/f/{path:path}", "{n:int}", float, uuid, str.
//
// It matches what Starlette's regular expression matches, and gives each parameter the same text,
// the first one as much as it can, then the second, and so on, but in time proportional to the
// length of the path. One difference: a newline is a character like any other. The pattern must
// match the whole path as it stands: one without a leading slash matches only if it begins with a
// `path` parameter.
class PathPattern {
 public:
  static Result<PathPattern> parse(std::string_view text);

  // The parameters if the whole (decoded) path matches.
  std::optional<PathParams> match(std::string_view decoded_path) const;

  // As API Gateway writes it: "ANY /orders/{path+}".
  const std::string& route_key() const { return route_key_; }
  const std::string& text() const { return text_; }

 private:
  PathPattern(std::string_view text, PathSyntax syntax);
  std::optional<PathParams> match_several(std::string_view path) const;

  std::string text_;
  PathSyntax syntax_;
  std::string route_key_;
};

// Percent-decoding of a path or query value; `+` is a blank only in queries. Malformed escapes
// stay.
enum class PlusIs : unsigned char { plus, blank };
std::string percent_decode(std::string_view text, PlusIs plus = PlusIs::plus);

}  // namespace smyth::front
