#include "runtime_api/runtime_api.h"

#include "base/check.h"
#include "runtime_api/responses.h"

#include <fmt/format.h>

#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

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
  if (const auto answer = answer_path(path)) {
    if (!is_post) return wrong_method();
    return answer->is_error ? error(exchange, answer->request_id, request)
                            : response(exchange, answer->request_id, request);
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
  responder_.respond(exchange, event_response(invocation_));
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
  if (auto refusal = refuse_result(request)) {
    responder_.respond(exchange, std::move(refusal->response));
    return fail_invocation(refusal->document);
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
  const std::optional<AnswerPath> answer = answer_path(path);
  if (state_ != State::running || !answer || answer->request_id != invocation_.request_id) {
    return std::nullopt;
  }
  Refusal refusal = refuse_body(status);
  fail_invocation(refusal.document);
  return std::move(refusal.response);
}

void RuntimeApi::fail_invocation(std::string_view document) {
  state_ = State::answered;
  news_.on_error(document);
}

}  // namespace smyth::runtime_api
