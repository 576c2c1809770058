#include "live/once.h"

#include "base/check.h"
#include "front/api_gateway.h"
#include "front/invoke_api.h"
#include "live/banner.h"
#include "live/host.h"
#include "live/log_flusher.h"
#include "live/responses.h"
#include "live/trace_id.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

namespace smyth::live {
namespace {

namespace asio = boost::asio;

constexpr auto exit_wait = std::chrono::milliseconds(500);

// Where functions that the handler invokes are: on the server of this project, if one runs. Never
// in the cloud, with somebody's credentials.
std::string endpoint_of(const config::Config& config) {
  return config.lambda_endpoint ? url_of(config.host, config.port) : std::string{};
}

// The only caller: keeps the answer and ends the loop.
class OneCaller final : public Front {
 public:
  OneCaller(asio::io_context& loop, const config::Function& function, observe::Log& log)
      : loop_(loop), function_(function), log_(log) {}

  void accepted(Request&) override {}
  void answer(const Answer& answer) override {
    explain(answer, function_, log_);
    front::HttpResponse response = invoke_response(answer, function_);
    const bool is_error = answer.verdict != core::Verdict::success;
    const Request& request = answer.request;
    outcome_ = {.is_error = is_error,
                .payload = std::move(response.body),
                .log = request.tail ? std::string(request.tail->text()) : std::string{}};
    loop_.stop();
  }
  std::optional<OnceOutcome>& outcome() { return outcome_; }

 private:
  asio::io_context& loop_;
  const config::Function& function_;
  observe::Log& log_;
  std::optional<OnceOutcome> outcome_;
};

// What Invoke refuses is refused here.
Result<void> check_event(const std::string& event) {
  front::HttpRequest request;
  request.body = event;
  const auto taken = front::parse_invoke_payload({}, request, "");
  if (taken) return {};
  return fail(fmt::format("refused as by Invoke, with status {}: {}", taken.error().status,
                          taken.error().body));
}

// Lets the environment end before this process does.
void end_quietly(asio::io_context& loop, Host& host) {
  const Duration extensions = host.begin_shutdown();
  host.driver().shutdown(Duration{0});
  loop.restart();
  const auto until = std::chrono::steady_clock::now() + extensions + exit_wait;
  while (!host.is_quiet() && std::chrono::steady_clock::now() < until) {
    loop.run_one_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

Result<OnceOutcome> invoke_once(OnceOptions options) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto function =
      std::ranges::find(options.config.functions, options.function, &config::Function::name);
  if (function == options.config.functions.end()) {
    return misuse(fmt::format("unknown function `{}`", options.function));
  }
  if (auto taken = check_event(options.event); !taken) return std::unexpected(taken.error());
  asio::io_context loop(1);
  observe::Log log({.level = observe::Level::warning, .output = !options.log});
  const LogFlusher flusher(loop, log);
  OneCaller caller(loop, *function, log);
  auto host = Host::open(loop,
                         {.config = options.config,
                          .configured = options.config,
                          .start_folder = options.start_folder,
                          .record_file = {},
                          .endpoint_url = endpoint_of(options.config),
                          .no_timeout = options.no_timeout},
                         caller, log);
  if (!host) return std::unexpected(host.error());
  Driver& driver = (*host)->driver();
  auto request = driver.make_request();
  request->caller = Caller::invoke;
  request->log_tail = true;
  request->event = std::move(options.event);
  request->trace_id = front::make_trace_id(request->request_id, (*host)->timer().unix_ms());
  complete_trace_id(request->trace_id, request->request_id);
  request->what = "invoke " + options.function;
  const auto index = (*host)->index_of(options.function);
  SMYTH_CHECK(index.has_value());  // It is configured, as was checked above.
  driver.arrive(index.value_or(0), std::move(request));
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) loop.stop();
  });
  if (!caller.outcome()) loop.run();
  signals.cancel();
  std::optional<OnceOutcome> outcome = std::move(caller.outcome());
  end_quietly(loop, **host);  // What this answers to an interrupted invocation is no outcome.
  log.flush();
  if (!outcome) return fail("interrupted");
  return std::move(*outcome);
}

}  // namespace smyth::live
