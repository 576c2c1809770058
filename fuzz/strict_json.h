#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace smyth {

// What Boost.JSON, strict, makes of a text; nullopt where it cannot be the judge: it refuses lone
// surrogates and exponents beyond its own numbers, which RFC 8259 allows.
struct StrictJson {
  bool is_valid;
  boost::json::value value;
};

inline std::optional<StrictJson> strict_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 100'000;
  boost::json::error_code code;
  boost::json::value value = boost::json::parse(text, code, {}, options);
  const bool has_surrogates =
      text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
  if (code && (has_surrogates || code == boost::json::error::exponent_overflow))
    return std::nullopt;
  return StrictJson{!code, std::move(value)};
}

}  // namespace smyth
