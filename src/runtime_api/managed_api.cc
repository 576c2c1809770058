#include "runtime_api/managed_api.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

// Code that never answers is forgotten for good.
constexpr std::size_t late_count_max = 1'000;

HttpResponse too_late() { return error_response(410, "InvokeTimeout", "Invoke timeout"); }

}  // namespace

void ManagedApi::on_request(ExchangeId exchange, const HttpRequest& request) {
  const std::string_view path = request.path;
  const bool is_get = request.method == "GET";
  const bool is_post = request.method == "POST";
  const auto wrong_method = [&] { responder_.respond(exchange, text_response(405, "")); };
  if (path == next_path) return is_get ? next(exchange) : wrong_method();
  if (path == init_error_path) return is_post ? init_error(exchange, request) : wrong_method();
  if (path == ping_path) return responder_.respond(exchange, text_response(200, "pong"));
  if (const auto answer = answer_path(path)) {
    return is_post ? take_answer(exchange, *answer, request) : wrong_method();
  }
  responder_.respond(exchange, text_response(404, "404 page not found\n"));
}

void ManagedApi::next(ExchangeId exchange) {
  if (has_failed_) return responder_.respond(exchange, wrong_state("InitError", "Ready"));
  is_init_ = false;
  if (!undelivered_.empty()) {
    const Invocation invocation = std::move(undelivered_.front());
    undelivered_.pop_front();
    return give(exchange, invocation);
  }
  if (waiting_.size() >= worker_count_max_) {
    return responder_.respond(
        exchange, error_response(500, "Runtime.TooManyIdleRuntimes", "Too many idle runtimes"));
  }
  waiting_.push_back(exchange);
  news_.on_worker_waits();
}

void ManagedApi::on_gone(ExchangeId exchange) { std::erase(waiting_, exchange); }

void ManagedApi::deliver(Invocation invocation) {
  if (waiting_.empty()) {
    undelivered_.push_back(std::move(invocation));
    return;
  }
  const ExchangeId worker = waiting_.front();
  waiting_.erase(waiting_.begin());
  give(worker, invocation);
}

void ManagedApi::give(ExchangeId worker, const Invocation& invocation) {
  running_.push_back(invocation.request_id);
  responder_.respond(worker, event_response(invocation));
}

bool ManagedApi::end(std::string_view request_id) {
  const auto found = std::ranges::find(running_, request_id);
  if (found == running_.end()) return false;
  running_.erase(found);
  return true;
}

void ManagedApi::forget(std::string_view request_id) {
  const auto is_it = [&](const Invocation& kept) { return kept.request_id == request_id; };
  std::erase_if(undelivered_, is_it);
  if (!end(request_id)) return;  // No code has seen it.
  late_.emplace_back(request_id);
  if (late_.size() > late_count_max) late_.pop_front();
}

// Each worker tells of it; the first one counts.
void ManagedApi::init_error(ExchangeId exchange, const HttpRequest& request) {
  if (!is_init_ || has_failed_) {
    return responder_.respond(exchange, wrong_state("Ready", "InitError"));
  }
  has_failed_ = true;
  responder_.respond(exchange, accepted());
  news_.on_init_error(request.body);
}

void ManagedApi::take_answer(ExchangeId exchange, const AnswerPath& path,
                             const HttpRequest& request) {
  if (std::erase(late_, path.request_id) > 0) return responder_.respond(exchange, too_late());
  const std::string id(path.request_id);
  if (!end(id)) return responder_.respond(exchange, wrong_id());
  auto refusal = path.is_error ? std::nullopt : refuse_result(request);
  if (refusal) {
    responder_.respond(exchange, std::move(refusal->response));
    return news_.on_answer(id, refusal->document, true);
  }
  const std::string document(request.body);
  responder_.respond(exchange, accepted());
  news_.on_answer(id, document, path.is_error);
}

std::optional<HttpResponse> ManagedApi::on_refused(unsigned status, std::string_view path) {
  const std::optional<AnswerPath> answer = answer_path(path);
  if (!answer) return std::nullopt;
  if (std::erase(late_, answer->request_id) > 0) return too_late();
  if (!end(answer->request_id)) return std::nullopt;
  Refusal refusal = refuse_body(status);
  news_.on_answer(answer->request_id, refusal.document, true);
  return std::move(refusal.response);
}

}  // namespace smyth::runtime_api
