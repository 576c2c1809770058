#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::front {

// Values of a pattern's parameters, in the pattern's order, percent-decoded.
using PathParams = std::vector<std::pair<std::string, std::string>>;

// One of Starlette's path patterns: "/orders/{id}", "/f/{path:path}", "{n:int}", float, uuid, str.
class PathPattern {
 public:
  static Result<PathPattern> parse(std::string_view text);

  // The parameters if the whole (decoded) path matches.
  std::optional<PathParams> match(std::string_view decoded_path) const;

  // As API Gateway writes it: "ANY /orders/{path+}".
  const std::string& route_key() const;
  const std::string& text() const;

 private:
  struct Part;
  std::vector<Part> parts_;
  std::string text_;
  std::string route_key_;
};

// Percent-decoding of a path or query value; `+` is a blank only in queries. Malformed escapes stay.
enum class PlusIs : unsigned char { plus, blank };
std::string percent_decode(std::string_view text, PlusIs plus = PlusIs::plus);

}  // namespace smyth::front
