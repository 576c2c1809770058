#pragma once

#include "front/http.h"
#include "runtime_api/responses.h"
#include "runtime_api/runtime_api.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime_api {

// What the workers of a runtime said. Views live during the call, from within which the environment
// may end.
class ManagedNews {
 public:
  virtual ~ManagedNews() = default;
  virtual void on_worker_waits() = 0;  // A `next` is held; the first one ends init.
  virtual void on_init_error(std::string_view document) = 0;
  virtual void on_answer(std::string_view request_id, std::string_view document, bool is_error) = 0;
};

// Lambda's Runtime API as Managed Instances have it: a runtime with several workers, each of which
// asks for `next` and answers by itself, so several invocations run at once. Like RuntimeApi it
// does no I/O and trusts nobody.
//
// An invocation whose time is over is forgotten: the code runs on, its late answer gets 410. A
// `next` beyond one for each worker gets 500 (reference: lambda-environments.md, 1.7).
class ManagedApi {
 public:
  ManagedApi(ManagedNews& news, Responder& responder, std::size_t worker_count_max)
      : news_(news), responder_(responder), worker_count_max_(worker_count_max) {}

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request);
  // A worker that is gone, or has closed its half, asks for nothing any more.
  void on_gone(front::ExchangeId exchange);
  // A body that is too large (413) or not whole (400): the invocation fails by it.
  std::optional<front::HttpResponse> on_refused(unsigned status, std::string_view path);

  // To a worker that waits, or to the next one.
  void deliver(Invocation invocation);
  void forget(std::string_view request_id);

  // Workers that wait and have nothing to do.
  std::size_t waiting_count() const { return waiting_.size(); }
  // Whether code still runs for an invocation that was forgotten.
  bool is_late() const { return !late_.empty(); }

 private:
  void next(front::ExchangeId exchange);
  void give(front::ExchangeId worker, const Invocation& invocation);
  void init_error(front::ExchangeId exchange, const front::HttpRequest& request);
  void take_answer(front::ExchangeId exchange, const AnswerPath& path,
                   const front::HttpRequest& request);
  // Ends what runs under this id; whether there was such an invocation.
  bool end(std::string_view request_id);

  ManagedNews& news_;
  Responder& responder_;
  const std::size_t worker_count_max_;
  bool is_init_ = true;
  bool has_failed_ = false;
  std::vector<front::ExchangeId> waiting_;  // The `next` that are held, the oldest first.
  std::deque<Invocation> undelivered_;      // For want of a worker.
  std::vector<std::string> running_;        // Request ids of what workers were given.
  std::deque<std::string> late_;            // Forgotten ones, the oldest first.
};

}  // namespace smyth::runtime_api
