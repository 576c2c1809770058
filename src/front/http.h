#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::front {

struct HeaderField {
  std::string_view name;  // As sent.
  std::string_view value;
};

// One request, whole. The views live until the exchange is answered or gone: the connection keeps
// the buffers, so nothing is copied on the way to the event.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // As sent: "/orders/1?a=b".
  std::string_view path;    // The part before `?`, as sent (percent-encoded).
  std::string_view query;   // The part after `?`, as sent; empty if none.
  unsigned version = 11;    // 10 or 11.
  std::span<const HeaderField> headers;
  std::string_view body;
  std::string_view source_ip;
  std::uint16_t source_port = 0;

  // The value of the first such header (case-insensitive), or an empty view.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length is the server's.
  std::string body;
};

// Names one request that waits for its response. Old ids are recognised and ignored.
struct ExchangeId {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  constexpr bool operator==(const ExchangeId&) const = default;
};

// Whoever answers requests.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // A request is whole. respond() may be called from within, or at any later time.
  virtual void on_request(ExchangeId exchange, const HttpRequest& request) = 0;
  // The client went away before the response, or closed its sending half and may still wait, as
  // `nc` does: respond() is not needed, but reaches a client that is still there.
  virtual void on_gone(ExchangeId exchange) = 0;
  // A request is refused for its body, which is too large (413) or ended too early (400); `path` is
  // known. The answer; none: the server's own.
  virtual std::optional<HttpResponse> on_refused(unsigned /*status*/, std::string_view /*path*/) {
    return std::nullopt;
  }
};

}  // namespace smyth::front
