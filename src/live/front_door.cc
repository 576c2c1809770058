#include "live/front_door.h"

#include "base/check.h"
#include "front/api_gateway.h"
#include "front/http_server.h"
#include "live/driver.h"
#include "live/environment.h"
#include "live/log_page.h"
#include "live/responses.h"
#include "live/trace_id.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace smyth::live {
namespace {

constexpr std::size_t event_bytes_max = 6'291'456;  // Lambda's limit for a synchronous request.

bool is_under(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// A Host header without its port; "[::1]" has colons of its own.
std::string_view host_of(std::string_view field) {
  const std::size_t colon = field.rfind(':');
  const bool has_port = colon != std::string_view::npos && !field.ends_with(']');
  return has_port ? field.substr(0, colon) : field;
}

std::unique_ptr<runtime::HookRequest> hook_request(const front::HttpRequest& request,
                                                   const front::PathParams& params,
                                                   std::uint16_t port) {
  auto made = std::make_unique<runtime::HookRequest>();
  made->present = true;
  made->method = request.method;
  made->target = request.target;
  made->client_host = request.source_ip;
  made->client_port = request.source_port;
  made->server_host = host_of(request.header("host"));
  made->server_port = port;
  for (const front::HeaderField& field : request.headers)
    made->headers.emplace_back(field.name, field.value);
  made->path_params = params;
  made->body = request.body;
  return made;
}

}  // namespace

void FrontDoor::connect(Options options, Parts parts) {
  options_ = std::move(options);
  guard_ = std::make_unique<front::Guard>(options_.guard);
  parts_ = std::make_unique<Parts>(std::move(parts));
}

std::optional<std::uint32_t> FrontDoor::find(std::string_view name) const {
  const auto& functions = parts_->driver.functions();
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const auto& function = functions[index];
    if (function && !function->removed && function->config.name == name) return index;
  }
  return std::nullopt;
}

void FrontDoor::set_routes(std::span<const config::Function> functions) {
  functions_.clear();
  routes_.clear();
  for (const config::Function& function : functions) {
    const auto index = find(function.name);
    if (!index) continue;  // It cannot start, which was said.
    functions_.push_back(*index);
    if (!function.url_path) continue;
    auto pattern = front::PathPattern::parse(*function.url_path);
    SMYTH_CHECK(pattern.has_value());  // The configuration was checked.
    routes_.push_back({std::move(*pattern), *index});
  }
}

void FrontDoor::on_request(front::ExchangeId exchange, const front::HttpRequest& request) {
  if (auto refused = guard_->refuse_host(request)) {
    return refuse(exchange, request, std::move(*refused));
  }
  parts_->before_arrival();  // May set other routes.
  if (front::is_invoke_path(request.path)) return invoke(exchange, request);
  if (is_under(request.path, options_.prefix)) return control(exchange, request);

  const bool is_encoded = request.path.find('%') != std::string_view::npos;
  const std::string decoded = is_encoded ? front::percent_decode(request.path) : std::string{};
  const std::string_view path = is_encoded ? std::string_view(decoded) : request.path;
  for (const Route& route : routes_) {
    if (const auto params = route.pattern.match(path))
      return call(exchange, request, route, *params);
  }
  refuse(exchange, request, front::not_found());
}

void FrontDoor::on_gone(front::ExchangeId exchange) { parts_->driver.gone(exchange); }

void FrontDoor::refuse(front::ExchangeId exchange, const front::HttpRequest& request,
                       front::HttpResponse response) {
  const std::string status = fmt::format("{}", response.status);
  const std::string what = fmt::format("{} {}", request.method, request.target);
  parts_->http.respond(exchange, std::move(response));
  parts_->log.request({.environment = {}, .cold = false, .status = status, .what = what});
}

void FrontDoor::set_trace_id(Request& made, const front::HttpRequest& request) const {
  made.trace_id = request.header("x-amzn-trace-id");
  if (made.trace_id.empty()) {
    made.trace_id = front::make_trace_id(made.request_id, parts_->timer.unix_ms());
  }
}

// --- Functions by path ---

void FrontDoor::call(front::ExchangeId exchange, const front::HttpRequest& request,
                     const Route& route, const front::PathParams& params) {
  const LiveFunction& function = *parts_->driver.functions()[route.function];
  auto made = parts_->driver.make_request();
  made->caller = Caller::http;
  made->exchange = exchange;
  made->what.append(request.method).append(" ").append(request.target);
  set_trace_id(*made, request);
  if (function.config.event_function == config::builtin_api_gateway_event) {
    front::append_event(made->event, request,
                        {.route_key = route.pattern.route_key(),
                         .path_params = &params,
                         .request_id = made->request_id,
                         .trace_id = made->trace_id,
                         .time_unix_ms = parts_->timer.unix_ms(),
                         .server_port = options_.port});
  } else if (function.config.event_function == config::builtin_invocation_event) {
    made->event = request.body.empty() ? std::string_view("{}") : request.body;
    if (const auto json = front::check_json(made->event); !json) {
      const std::string message =
          "Could not parse request body into json: Could not parse payload into json: " +
          json.error();
      return refuse(
          exchange, request,
          front::aws_error(front::AwsError::invalid_request_content, message, made->request_id));
    }
  }
  if (made->event.size() > event_bytes_max || request.body.size() > event_bytes_max) {
    return refuse(exchange, request, front::event_too_large());
  }
  complete_trace_id(made->trace_id, made->request_id);
  if (function.config.spec.prepares) made->http = hook_request(request, params, options_.port);
  parts_->driver.arrive(route.function, std::move(made));
}

// --- Invoke API ---

void FrontDoor::invoke(front::ExchangeId exchange, const front::HttpRequest& request) {
  auto made = parts_->driver.make_request();
  if (auto refused = guard_->refuse_origin(request)) {
    return refuse(exchange, request, std::move(*refused));
  }
  std::optional<std::uint32_t> function;
  const auto knows = [&](std::string_view name) { return (function = find(name)).has_value(); };
  auto parsed = front::parse_invoke(request, options_.account, knows, made->request_id);
  if (!parsed) return refuse(exchange, request, std::move(parsed.error()));
  if (parsed->type == front::InvocationType::dry_run) {
    return refuse(exchange, request, front::invoke_dry_run(made->request_id));
  }
  const bool is_event = parsed->type == front::InvocationType::event;
  made->caller = is_event ? Caller::event : Caller::invoke;
  made->exchange = exchange;
  made->log_tail = parsed->log_tail && !is_event;
  made->event = parsed->payload;
  made->invoked_arn = std::move(parsed->invoked_arn);
  made->client_context = std::move(parsed->client_context);
  set_trace_id(*made, request);
  complete_trace_id(made->trace_id, made->request_id);
  made->what = fmt::format("{} {}", is_event ? "event" : "invoke", parsed->function_name);
  parts_->driver.arrive(*function, std::move(made));  // NOLINT(bugprone-unchecked-optional-access)
}

// --- Outcomes ---

void FrontDoor::accepted(Request& request) {
  request.is_answered = true;
  parts_->http.respond(request.exchange,
                       front::invoke_accepted(request.request_id, request.trace_id));
}

void FrontDoor::answer(const Answer& answer) {
  Request& request = answer.request;
  explain(answer, parts_->driver.functions()[request.function]->config, parts_->log);
  // An `event` invocation needs a response only if it was refused at once.
  front::HttpResponse response =
      request.caller == Caller::http
          ? http_response(answer, parts_->log)
          : invoke_response(answer, parts_->driver.functions()[request.function]->config);
  if (!answer.reload_error.empty())
    response.headers.emplace_back("Smyth-Reload-Error", answer.reload_error);
  char status[32];
  const bool is_error = request.caller != Caller::http && response.status == 200 &&
                        answer.verdict != core::Verdict::success;
  const auto end = fmt::format_to_n(status, sizeof status, "{}", response.status);
  std::string_view status_text(status, end.size);
  if (!request.is_answered) parts_->http.respond(request.exchange, std::move(response));
  if (parts_->log.quiet()) return;
  const std::string failed = is_error ? fmt::format("{} Unhandled", status_text) : std::string{};
  parts_->log.request({.environment = answer.environment,
                       .cold = request.cold,
                       .status = is_error ? std::string_view(failed) : status_text,
                       .milliseconds = static_cast<double>(answer.elapsed.count()) / 1e6,
                       .what = request.what});
}

// --- Control routes ---

void FrontDoor::control(front::ExchangeId exchange, const front::HttpRequest& request) {
  if (auto refused = guard_->refuse_origin(request)) {
    return refuse(exchange, request, std::move(*refused));
  }
  const std::string_view page = request.path.substr(options_.prefix.size());
  if (page != "/api/status" && page != "/api/logs") {
    return refuse(exchange, request, front::not_found());
  }
  front::HttpResponse response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.headers = {{"Content-Type", "application/json"}, {"Allow", "GET, HEAD"}};
    response.body = R"({"message":"Method Not Allowed"})";
    return refuse(exchange, request, std::move(response));
  }
  response.headers = {{"Content-Type", "application/json"}};
  if (page == "/api/logs") {
    const auto query = parse_log_query(request.query);
    if (!query) response.status = 400;
    response.body =
        query ? log_page(parts_->driver.history(), *query)
              : boost::json::serialize(boost::json::object{{"message", query.error().message}});
  } else {
    response.body = status();
  }
  parts_->http.respond(exchange, std::move(response));
}

std::string FrontDoor::status() const {
  std::string text = R"({"lambda handlers": {)";
  auto out = std::back_inserter(text);
  std::string_view between_functions;
  for (const std::uint32_t index : functions_) {
    const auto& function = parts_->driver.functions()[index];
    fmt::format_to(out, R"({}"{}": {{"processes": [)", between_functions, function->config.name);
    between_functions = ", ";
    for (Slot slot = 0; slot < function->config.spec.concurrency; ++slot) {
      const core::SlotView view = parts_->driver.slot(function->id.index, slot);
      fmt::format_to(out,
                     R"({}{{"state": "{}", "task_counter": {}, "name": "{}:{}", "stale": {}}})",
                     slot == 0 ? "" : ", ", slot_word(view.state), view.given,
                     function->config.name, slot, view.stale);
    }
    text += "]}";
  }
  return text + "}}";
}

}  // namespace smyth::live
