#pragma once

#include "base/result.h"
#include "front/http_server.h"
#include "runtime_api/runtime_api.h"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime_api {

// Who answers the requests of one API at an environment's address.
class ApiHandler {
 public:
  virtual ~ApiHandler() = default;
  virtual void on_api_request(front::ExchangeId exchange, const front::HttpRequest& request) = 0;
  // RequestHandler::on_refused
  virtual std::optional<front::HttpResponse> on_api_refused(unsigned, std::string_view) {
    return std::nullopt;
  }
};

// The address of one environment, AWS_LAMBDA_RUNTIME_API: where its programs find Lambda's APIs,
// each below a path of its own. Requests that are from elsewhere, such as a page in a browser, are
// refused; a path that belongs to none is not found.
class ApiAddress final : public Responder, private front::RequestHandler {
 public:
  explicit ApiAddress(boost::asio::io_context& loop);

  Result<void> listen();
  // "127.0.0.1:PORT"
  const std::string& text() const { return text_; }

  // `handler` answers what is below `path` from now on; null: nobody. It outlives this object, or
  // is taken away.
  void route(std::string_view path, ApiHandler* handler);
  void respond(front::ExchangeId exchange, front::HttpResponse response) override;
  void close() { http_.close(); }

 private:
  struct Route {
    std::string_view path;  // A constant.
    ApiHandler* handler = nullptr;
  };

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  void on_gone(front::ExchangeId) override {}  // It may only have closed its half.
  std::optional<front::HttpResponse> on_refused(unsigned status, std::string_view path) override;
  ApiHandler* handler_of(std::string_view path) const;

  front::HttpServer http_;
  std::string text_;
  std::vector<Route> routes_;
};

}  // namespace smyth::runtime_api
