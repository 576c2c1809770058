#pragma once

#include "front/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::front {

// Keeps web pages out: DNS rebinding is stopped by the Host header, cross-origin calls of the
// control routes by Origin.
class Guard {
 public:
  struct Options {
    std::string bound_host;  // As bound: "127.0.0.1", "0.0.0.0", ...
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> allowed_origins;
  };
  explicit Guard(Options options);

  // 421 unless Host is a loopback name or address, the bound address, (bound to a wildcard) an
  // address of an own interface, or allowed.
  std::optional<HttpResponse> refuse_host(const HttpRequest& request) const;

  // For the control routes: 403 if there is an Origin that is neither this server's nor allowed.
  std::optional<HttpResponse> refuse_origin(const HttpRequest& request) const;

 private:
  // Whether the value of a Host header names this server.
  bool is_own(std::string_view host_field) const;
  bool is_own_origin(std::string_view origin, std::string_view host) const;

  Options options_;
  std::vector<std::string> own_addresses_;  // Bound or, with a wildcard, of the interfaces.
};

}  // namespace smyth::front
