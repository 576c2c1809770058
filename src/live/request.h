#pragma once

#include "base/exit_status.h"
#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "front/http.h"
#include "observe/log_text.h"
#include "runtime/hooks.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace smyth::live {

// Who waits for the outcome of an invocation, and in which form.
enum class Caller : std::uint8_t {
  http,    // The HTTP front: the result becomes a response.
  invoke,  // Invoke, RequestResponse: the result as it is.
  event,   // Invoke, Event: 202 once it is accepted, nobody waits.
};

// One invocation on its way through the server: everything the scheduler does not need to know.
// Owned by the driver from arrival to answer; kept afterwards and used again, so that its strings
// keep their room.
struct Request {
  Caller caller = Caller::http;
  bool log_tail = false;
  bool is_answered = false;  // With 202: the outcome is for the log alone.
  front::ExchangeId exchange;
  std::string request_id;  // UUID
  std::string event;       // JSON
  std::string invoked_arn;
  std::string client_context;  // JSON or empty
  std::string trace_id;
  std::string context;                         // JSON of the user's context function, or empty
  std::string what;                            // "GET /orders/1", for the request line
  std::unique_ptr<runtime::HookRequest> http;  // For hooks; none for a direct invocation.

  // Filled by the driver.
  std::uint32_t function = 0;
  InvocationId id;
  EnvironmentId environment;
  TimePoint arrived{};
  TimePoint delivered{};
  bool is_delivered = false;
  bool cold = false;
  std::unique_ptr<observe::Tail> tail;

  void clear();
};

// How an invocation ended, as the front needs it.
struct Answer {
  Request& request;
  core::Verdict verdict;
  core::Reason reason;
  std::string_view environment;  // Slot name; empty if it reached none.
  std::string_view document;     // Result or error document; empty if the scheduler ended it.
  std::string_view detail;       // For the log: a traceback of a hook, why a spawn failed.
  std::string_view
      reload_error;      // The function serves old code because of this; empty: it does not.
  ExitStatus exit = {};  // With crash and init_crash.
  Duration elapsed{0};   // Since arrival.
};

// Whoever the driver answers: the HTTP server's side, or a test.
class Front {
 public:
  virtual ~Front() = default;
  // An `event` invocation was taken into the queue.
  virtual void accepted(Request& request) = 0;
  virtual void answer(const Answer& answer) = 0;
};

// Where the driver's time comes from, and who wakes it.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual TimePoint now() = 0;
  virtual std::int64_t unix_ms() = 0;
  // Driver::tick() shall be called at this time; a later call replaces an earlier one.
  virtual void wake_at(TimePoint when) = 0;
};

}  // namespace smyth::live
