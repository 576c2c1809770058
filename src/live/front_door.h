#pragma once

#include "base/time.h"
#include "config/config.h"
#include "front/guard.h"
#include "front/http.h"
#include "front/invoke_api.h"
#include "front/router.h"
#include "live/request.h"
#include "observe/log.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::front {
class HttpServer;
}

namespace smyth::live {

class Driver;

// Turns HTTP requests into invocations and outcomes into responses: the functions' own paths, the
// Invoke API and the status page, behind the guard.
class FrontDoor final : public front::RequestHandler, public Front {
 public:
  struct Options {
    front::Account account;
    std::string prefix;  // "/smyth"
    std::uint16_t port = 0;
    front::Guard::Options guard;
  };
  struct Parts {
    Driver& driver;
    front::HttpServer& http;
    observe::Log& log;
    Timer& timer;
    // Takes notice of files saved before this request; called before each one is looked at.
    std::function<void()> before_arrival;
  };

  // It is made before the parts that know it; connect() completes it.
  FrontDoor() = default;
  void connect(Options options, Parts parts);
  // The configured functions, in the order of the file: the first whose path matches serves.
  void set_routes(std::span<const config::Function> functions);

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  void on_gone(front::ExchangeId exchange) override;

  void accepted(Request& request) override;
  void answer(const Answer& answer) override;

 private:
  struct Route {
    front::PathPattern pattern;
    std::uint32_t function;
  };

  std::optional<std::uint32_t> find(std::string_view name) const;
  void invoke(front::ExchangeId exchange, const front::HttpRequest& request);
  void control(front::ExchangeId exchange, const front::HttpRequest& request);
  void call(front::ExchangeId exchange, const front::HttpRequest& request, const Route& route,
            const front::PathParams& params);
  void refuse(front::ExchangeId exchange, const front::HttpRequest& request,
              front::HttpResponse response);
  void set_trace_id(Request& made, const front::HttpRequest& request) const;
  std::string status() const;

  Options options_;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<front::Guard> guard_;
  std::vector<std::uint32_t> functions_;  // Numbers, in the order of the configuration.
  std::vector<Route> routes_;
};

}  // namespace smyth::live
