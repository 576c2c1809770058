#include "live/session.h"

#include "front/api_gateway.h"
#include "front/invoke_api.h"
#include "live/banner.h"
#include "live/responses.h"
#include "live/trace_id.h"

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace smyth::live {
namespace {

namespace asio = boost::asio;

constexpr auto exit_wait = std::chrono::milliseconds(500);
constexpr auto turn = std::chrono::milliseconds(2);

// Where functions that the handler invokes are: on the server of this project, if one runs. Never
// in the cloud, with somebody's credentials.
std::string endpoint_of(const config::Config& config) {
  return config.lambda_endpoint ? url_of(config.host, config.port) : std::string{};
}

// What Invoke refuses is refused here.
Result<void> check_event(const std::string& event) {
  front::HttpRequest request;
  request.body = event;
  const auto taken = front::parse_invoke_payload({}, request, "");
  if (taken) return {};
  return fail(fmt::format("refused as by Invoke, with status {}: {}", taken.error().status,
                          taken.error().body));
}

}  // namespace

Session::Session(const Options& options)
    : log_({.level = options.level, .output = options.output}), flusher_(loop_, log_) {}

Result<std::unique_ptr<Session>> Session::open(Options options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Session> session(new Session(options));
  auto host = Host::open(session->loop_,
                         {.config = options.config,
                          .configured = options.config,
                          .start_folder = std::move(options.start_folder),
                          .record_file = {},
                          .endpoint_url = endpoint_of(options.config),
                          .no_timeout = options.no_timeout},
                         *session, session->log_);
  if (!host) return std::unexpected(host.error());
  session->host_ = *std::move(host);
  return session;
}

// Lets the environments end before this process does.
Session::~Session() {
  if (!host_) return;
  const Duration extensions = host_->begin_shutdown();
  host_->driver().shutdown(Duration{0});
  loop_.restart();
  const auto until = std::chrono::steady_clock::now() + extensions + exit_wait;
  while (!host_->is_quiet() && std::chrono::steady_clock::now() < until) {
    loop_.run_one_for(turn);
  }
  log_.flush();
}

Result<std::optional<Session::Outcome>> Session::invoke(const std::string& function,
                                                        std::string event) {
  const auto index = host_->index_of(function);
  if (!index) return misuse(fmt::format("unknown function `{}`", function));
  if (auto taken = check_event(event); !taken) return std::unexpected(taken.error());
  Driver& driver = host_->driver();
  auto request = driver.make_request();
  request->caller = Caller::invoke;
  request->log_tail = true;
  request->event = std::move(event);
  request->trace_id = front::make_trace_id(request->request_id, host_->timer().unix_ms());
  complete_trace_id(request->trace_id, request->request_id);
  request->what = "invoke " + function;
  outcome_.reset();
  loop_.restart();
  driver.arrive(*index, std::move(request));
  asio::signal_set signals(loop_, SIGINT, SIGTERM);
  signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) loop_.stop();
  });
  if (!outcome_) loop_.run();
  signals.cancel();
  // What a later shutdown answers to an interrupted invocation is no outcome.
  return std::exchange(outcome_, std::nullopt);
}

void Session::wait_until_cold(const std::string& function) {
  const auto index = host_->index_of(function);
  loop_.restart();
  while (index && host_->driver().slot(*index, 0).state != core::SlotView::State::cold) {
    loop_.run_one_for(turn);
  }
}

void Session::accepted(Request&) {}

// The only caller: keeps the answer and ends the loop.
void Session::answer(const Answer& answer) {
  const config::Function& function = host_->driver().functions()[answer.request.function]->config;
  explain(answer, function, log_);
  front::HttpResponse response = invoke_response(answer, function);
  const Request& request = answer.request;
  outcome_ = {.is_error = answer.verdict != core::Verdict::success,
              .cold = request.cold,
              .payload = std::move(response.body),
              .log = request.tail ? std::string(request.tail->text()) : std::string{}};
  loop_.stop();
}

}  // namespace smyth::live
