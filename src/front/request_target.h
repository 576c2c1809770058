#pragma once

#include <optional>
#include <string_view>

namespace smyth::front {

// What a request's target names (RFC 9112, 3.2), as views into it.
struct RequestTarget {
  std::string_view authority;  // "example.com:8080" of an absolute target, else empty.
  std::string_view origin;     // "/orders/1?a=b"
  std::string_view path;       // "/orders/1"
  std::string_view query;      // "a=b"
};

// nullopt for what is no target of a server that is no proxy: characters that no URI has, `*`,
// other schemes.
std::optional<RequestTarget> parse_target(std::string_view text);

// Whether the text may be a host with an optional port, without looking at what they mean.
bool is_authority(std::string_view text);

}  // namespace smyth::front
