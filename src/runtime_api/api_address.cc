#include "runtime_api/api_address.h"

#include "runtime_api/program_launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {

ApiAddress::ApiAddress(boost::asio::io_context& loop) : http_(loop, *this, api_limits()) {}

Result<void> ApiAddress::listen() {
  const auto port = http_.listen("127.0.0.1", 0);
  if (!port) return std::unexpected(port.error());
  text_ = fmt::format("127.0.0.1:{}", *port);
  return {};
}

void ApiAddress::route(std::string_view path, ApiHandler* handler) {
  const auto known = std::ranges::find(routes_, path, &Route::path);
  if (known != routes_.end()) {
    known->handler = handler;
  } else {
    routes_.push_back({.path = path, .handler = handler});
  }
}

ApiHandler* ApiAddress::handler_of(std::string_view path) const {
  for (const Route& each : routes_) {
    const bool is_below = path.starts_with(each.path) &&
                          (path.size() == each.path.size() || path[each.path.size()] == '/');
    if (is_below) return each.handler;
  }
  return nullptr;
}

void ApiAddress::respond(front::ExchangeId exchange, front::HttpResponse response) {
  http_.respond(exchange, std::move(response));
}

void ApiAddress::on_request(front::ExchangeId exchange, const front::HttpRequest& request) {
  if (!is_own(request, text_)) {
    return respond(exchange, {.status = 403, .headers = {}, .body = {}});
  }
  if (ApiHandler* handler = handler_of(request.path)) {
    return handler->on_api_request(exchange, request);
  }
  respond(exchange, {.status = 404, .headers = {}, .body = {}});
}

std::optional<front::HttpResponse> ApiAddress::on_refused(unsigned status, std::string_view path) {
  ApiHandler* handler = handler_of(path);
  return handler ? handler->on_api_refused(status, path) : std::nullopt;
}

}  // namespace smyth::runtime_api
