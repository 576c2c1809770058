#pragma once

#include "front/http.h"
#include "runtime_api/responses.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::runtime_api {

// What a runtime said, told to whoever owns the environment. Views live during the call, from
// within which the environment may end.
class RuntimeNews {
 public:
  virtual ~RuntimeNews() = default;
  virtual void on_init_done() = 0;                            // The first `next`.
  virtual void on_init_error(std::string_view document) = 0;  // As the runtime posted it.
  virtual void on_response(std::string_view document) = 0;    // The result, byte for byte.
  virtual void on_error(std::string_view document) = 0;  // The runtime's, or one of Lambda's own.
  virtual void on_invocation_done() = 0;                 // The `next` after an answer.
};

// Whoever writes responses.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(front::ExchangeId exchange, front::HttpResponse response) = 0;
};

// Lambda's Runtime API (2018-06-01) for one environment: what its requests mean in the state that
// the environment is in. It does no I/O and trusts nobody.
//
// Two `next` at once: the newer one waits, the older is refused (Lambda's clients never do it). A
// `next` while an invocation runs gets the same event again, as Lambda's emulator gives it. So a
// client that is gone need not be told from one that has closed its half and waits: whoever lost
// the event asks again.
class RuntimeApi {
 public:
  RuntimeApi(RuntimeNews& news, Responder& responder) : news_(news), responder_(responder) {}

  // Whether the path belongs to this API.
  static bool owns(std::string_view path);

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request);
  // A body that is too large (413) or not whole (400): the invocation fails by it.
  std::optional<front::HttpResponse> on_refused(unsigned status, std::string_view path);

  // Only after on_init_done() or on_invocation_done().
  void deliver(Invocation invocation);

 private:
  enum class State : unsigned char {
    init,      // No `next` yet.
    failed,    // Its init failed; it should end.
    idle,      // It has asked for an invocation.
    running,   // It has one.
    answered,  // Its answer is here; `next` ends the invocation.
  };

  void next(front::ExchangeId exchange);
  void respond_next(front::ExchangeId exchange);
  void restore_next(front::ExchangeId exchange);
  void init_error(front::ExchangeId exchange, const front::HttpRequest& request);
  void response(front::ExchangeId exchange, std::string_view id, const front::HttpRequest& request);
  void error(front::ExchangeId exchange, std::string_view id, const front::HttpRequest& request);
  // Whether the invocation with this id runs; else that was answered.
  bool is_running(front::ExchangeId exchange, std::string_view id);
  void fail_invocation(std::string_view document);

  RuntimeNews& news_;
  Responder& responder_;
  State state_ = State::init;
  std::optional<front::ExchangeId> waiting_;  // The `next` that is held.
  Invocation invocation_;
};

}  // namespace smyth::runtime_api
