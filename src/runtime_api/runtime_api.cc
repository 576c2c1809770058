#include "runtime_api/runtime_api.h"

#include "base/check.h"

#include <fmt/format.h>

#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

constexpr std::string_view base_path = "/2018-06-01";
constexpr std::string_view invocation_path = "/2018-06-01/runtime/invocation/";
constexpr std::string_view next_path = "/2018-06-01/runtime/invocation/next";
constexpr std::string_view init_error_path = "/2018-06-01/runtime/init/error";
constexpr std::string_view restore_next_path = "/2018-06-01/runtime/restore/next";
constexpr std::string_view restore_error_path = "/2018-06-01/runtime/restore/error";
constexpr std::string_view ping_path = "/2018-06-01/ping";

constexpr std::string_view streaming = "streaming";
constexpr const char* response_mode_header = "Lambda-Runtime-Function-Response-Mode";

HttpResponse response_of(unsigned status, const char* type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", type);
  response.body = std::move(body);
  return response;
}

HttpResponse json_response(unsigned status, std::string body) {
  return response_of(status, "application/json", std::move(body));
}

HttpResponse error_response(unsigned status, std::string_view type, std::string_view message) {
  return json_response(status,
                       fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", message, type));
}

HttpResponse accepted() { return json_response(202, "{\"status\":\"OK\"}\n"); }

HttpResponse wrong_state(std::string_view from, std::string_view to) {
  return error_response(403, "InvalidStateTransition",
                        fmt::format("State transition from {} to {} failed for runtime. Error: "
                                    "State transition is not allowed",
                                    from, to));
}

HttpResponse wrong_id() { return error_response(400, "InvalidRequestID", "Invalid request ID"); }

HttpResponse too_large() {
  return error_response(
      413, "RequestEntityTooLarge",
      fmt::format("Exceeded maximum allowed payload size ({} bytes).", response_bytes_max));
}

HttpResponse text_response(unsigned status, std::string body) {
  return response_of(status, "text/plain; charset=utf-8", std::move(body));
}

// What came from a client may not end a header; in JSON a control character is but a blank.
std::string header_value(std::string_view text) {
  std::string value(text);
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return value;
}

// The words of ".../invocation/ID/response": ID and response.
std::pair<std::string_view, std::string_view> split_invocation(std::string_view path) {
  path.remove_prefix(invocation_path.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {path, {}};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

bool RuntimeApi::owns(std::string_view path) {
  return path.starts_with(base_path) &&
         (path.size() == base_path.size() || path[base_path.size()] == '/');
}

void RuntimeApi::on_request(ExchangeId exchange, const HttpRequest& request) {
  const std::string_view path = request.path;
  const bool is_get = request.method == "GET";
  const bool is_post = request.method == "POST";
  const auto wrong_method = [&] { responder_.respond(exchange, text_response(405, "")); };
  if (path == next_path) return is_get ? next(exchange) : wrong_method();
  if (path == init_error_path) return is_post ? init_error(exchange, request) : wrong_method();
  if (path == restore_next_path) return is_get ? restore_next(exchange) : wrong_method();
  // An init of which restoring is a part has failed.
  if (path == restore_error_path) return is_post ? init_error(exchange, request) : wrong_method();
  if (path == ping_path) return responder_.respond(exchange, text_response(200, "pong"));
  if (path.starts_with(invocation_path)) {
    const auto [id, verb] = split_invocation(path);
    if (verb == "response") return is_post ? response(exchange, id, request) : wrong_method();
    if (verb == "error") return is_post ? error(exchange, id, request) : wrong_method();
  }
  responder_.respond(exchange, text_response(404, "404 page not found\n"));
}

void RuntimeApi::next(ExchangeId exchange) {
  if (const auto older = std::exchange(waiting_, {})) {
    responder_.respond(*older, wrong_state("Ready", "Ready"));
  }
  switch (std::exchange(state_, State::idle)) {
    case State::init:
      waiting_ = exchange;
      return news_.on_init_done();
    case State::failed:
      state_ = State::failed;
      return responder_.respond(exchange, wrong_state("InitError", "Ready"));
    case State::idle:
      waiting_ = exchange;
      return;
    case State::running:
      state_ = State::running;
      return respond_next(exchange);
    case State::answered:
      waiting_ = exchange;
      return news_.on_invocation_done();
  }
}

// There is no snapshot of a foreign program: it goes on at once, as if it had been restored.
void RuntimeApi::restore_next(ExchangeId exchange) {
  if (state_ != State::init) {
    return responder_.respond(exchange, wrong_state("Ready", "Restoring"));
  }
  responder_.respond(exchange, {.status = 200, .headers = {}, .body = {}});
}

void RuntimeApi::deliver(Invocation invocation) {
  const auto held = std::exchange(waiting_, {});
  SMYTH_CHECK(state_ == State::idle && held.has_value());
  invocation_ = std::move(invocation);
  state_ = State::running;
  respond_next(held.value());
}

void RuntimeApi::respond_next(ExchangeId exchange) {
  HttpResponse response;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) response.headers.emplace_back(name, std::move(value));
  };
  add("Content-Type", "application/json");
  add("Lambda-Runtime-Aws-Request-Id", invocation_.request_id);
  add("Lambda-Runtime-Deadline-Ms", fmt::format("{}", invocation_.deadline_unix_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", invocation_.invoked_arn);
  add("Lambda-Runtime-Trace-Id", header_value(invocation_.trace_id));
  add("Lambda-Runtime-Client-Context", header_value(invocation_.client_context));
  add("Lambda-Runtime-Cognito-Identity", header_value(invocation_.identity));
  response.body = invocation_.event;
  responder_.respond(exchange, std::move(response));
}

void RuntimeApi::init_error(ExchangeId exchange, const HttpRequest& request) {
  if (state_ != State::init) {
    return responder_.respond(exchange, wrong_state("Ready", "InitError"));
  }
  state_ = State::failed;
  news_.on_init_error(request.body);
  responder_.respond(exchange, accepted());
}

bool RuntimeApi::is_running(ExchangeId exchange, std::string_view id) {
  const bool is = state_ == State::running && id == invocation_.request_id;
  if (!is) responder_.respond(exchange, wrong_id());
  return is;
}

void RuntimeApi::response(ExchangeId exchange, std::string_view id, const HttpRequest& request) {
  if (!is_running(exchange, id)) return;
  const std::string_view mode = request.header(response_mode_header);
  if (!mode.empty() && mode != streaming) {
    responder_.respond(exchange, error_response(400, "InvalidFunctionResponseMode",
                                                "Invalid function response mode"));
    return fail_invocation("Runtime.InvalidResponseModeHeader", "Invalid function response mode");
  }
  if (request.body.size() > response_bytes_max) {
    responder_.respond(exchange, too_large());
    return fail_invocation(
        "Function.ResponseSizeTooLarge",
        fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                    response_bytes_max));
  }
  state_ = State::answered;
  news_.on_response(request.body);
  responder_.respond(exchange, accepted());
}

void RuntimeApi::error(ExchangeId exchange, std::string_view id, const HttpRequest& request) {
  if (!is_running(exchange, id)) return;
  state_ = State::answered;
  news_.on_error(request.body);
  responder_.respond(exchange, accepted());
}

std::optional<HttpResponse> RuntimeApi::on_refused(unsigned status, std::string_view path) {
  if (state_ != State::running || !path.starts_with(invocation_path)) return std::nullopt;
  const auto [id, verb] = split_invocation(path);
  if (id != invocation_.request_id || (verb != "response" && verb != "error")) return std::nullopt;
  if (status == 413) {
    fail_invocation(
        "Function.ResponseSizeTooLarge",
        fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                    response_bytes_max));
    return too_large();
  }
  fail_invocation("Runtime.TruncatedResponse", "");
  return error_response(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
}

void RuntimeApi::fail_invocation(std::string_view type, std::string_view message) {
  state_ = State::answered;
  news_.on_error(fmt::format(R"({{"errorType":"{}","errorMessage":"{}"}})", type, message));
}

}  // namespace smyth::runtime_api
