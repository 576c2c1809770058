#pragma once

#include "base/time.h"
#include "live/request.h"
#include "observe/history.h"
#include "observe/log.h"
#include "observe/log_event.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::live {

struct Environment;

// What the log needs to know of the invocation that an environment runs. It outlives the request
// where a runtime tells apart that it has answered and that it is ready for the next.
struct RunningLog {
  bool is_on = false;
  bool is_cold = false;  // Its report tells of the init.
  // Of the init or of the invocation: the runtime is done, and that is told; extensions may go on.
  bool is_runtime_done = false;
  std::string request_id;
  std::string trace_id;
  TimePoint since{};
  std::optional<Duration> answered;
  Duration runtime_took{0};       // Until it was done.
  std::uint64_t bytes = 0;        // Of the answer.
  observe::Tail* tail = nullptr;  // The request's, if its caller wants it; it waits for the end.
};

// How an invocation or an init ended, if it did not end well. An error that the handler raised is
// the function's own matter: the runtime has done well, as in Lambda's own emulator.
struct LogOutcome {
  observe::LogStatus status = observe::LogStatus::success;
  std::string_view error_type;
};

// The logs of all functions: what the driver sees happen becomes records, for the history, for who
// asked for the tail, for the terminal, and for whoever listens. Facts are kept as they are; text
// is made of them only for those who read it.
class FunctionLog {
 public:
  FunctionLog(Timer& timer, observe::Log& log) : timer_(timer), log_(log) {}

  // Who hears of every record; none: nobody. It outlives this object, or is taken away.
  void set_listener(observe::LogListener* listener) { listener_ = listener; }
  const observe::History& history() const { return history_; }

  // An environment is in a new phase, as it says; `version` is its runtime's: "python:3.12.v1".
  void phase_began(Environment& environment, std::uint32_t memory_mib, std::string_view version,
                   std::string_view version_arn);
  // The runtime has done its part of it.
  void phase_runtime_done(Environment& environment, const LogOutcome& outcome);
  void phase_ended(Environment& environment, const LogOutcome& outcome);

  // It is given an event.
  void began(Environment& environment, const Request& request);
  // The caller has its answer, but the invocation goes on.
  void answered(Environment& environment, std::uint64_t bytes);
  // The runtime is done, with `bytes` of an answer that was not told before.
  void runtime_done(Environment& environment, const LogOutcome& outcome, std::uint64_t bytes = 0);
  // The invocation is over; nothing happens where there is none.
  void ended(Environment& environment, std::uint32_t memory_mib, const LogOutcome& outcome,
             std::uint64_t bytes = 0);
  // An invocation ended that its environment never ran, since its init failed.
  void ended_in_init(Environment& environment, const Request& request, std::uint32_t memory_mib,
                     const LogOutcome& outcome);

  // A line of the handler's; false: it is not in the log, its level being too low.
  bool wrote(const Environment& environment, std::string_view line);
  // A record of somebody else's, such as an extension. Time and environment are filled in.
  // Whether it is in the log.
  bool tell(const Environment& environment, observe::LogEvent event);

 private:
  // A record of the phase that the environment is in.
  observe::LogEvent of_phase(const Environment& environment, const LogOutcome& outcome,
                             observe::LogEventType of_init, observe::LogEventType of_restore) const;

  Timer& timer_;
  observe::Log& log_;
  observe::LogListener* listener_ = nullptr;
  observe::History history_;
  std::string text_;  // Of the record at hand.
};

}  // namespace smyth::live
