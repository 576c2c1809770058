#pragma once

#include "base/ids.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What goes to a function's log: facts, which become text or JSON only where somebody reads them.
namespace smyth::observe {

// The kinds of records, with the members of LogEvent that each has besides `unix_ms` and
// `environment`.
enum class LogEventType : std::uint8_t {
  init_start,         // initialization, phase, name, instance, memory_mib, text: runtime version,
                      // words: its ARN
  init_runtime_done,  // initialization, phase, status, error_type
  init_report,        // initialization, phase, status, error_type, duration
  start,              // request_id, trace_id
  runtime_done,       // request_id, trace_id, status, error_type, duration, answered, bytes
  report,             // request_id, trace_id, status, error_type, duration, init or restore,
                      // memory_mib, max_memory_mib, answered
  restore_start,      // as init_start, without initialization and phase
  restore_runtime_done,    // status, error_type
  restore_report,          // status, error_type, duration
  extension,               // name, text: state, words: its events, error_type
  telemetry_subscription,  // name, text: state, words: its types
  logs_dropped,            // count: records, bytes, text: why
  function_line,           // request_id (empty during init), text: what the handler wrote
  extension_line,          // text: what the extension wrote
};

enum class LogStatus : std::uint8_t { success, failure, error, timeout };
std::string_view status_name(LogStatus status);  // As Lambda writes it.

enum class InitPhase : std::uint8_t {
  init,
  invoke,  // Once more, inside the first invocation.
  snap_start,
};

// One record of the log of an environment. All views live during the call that hands it over.
struct LogEvent {
  LogEventType type = LogEventType::function_line;
  LogStatus status = LogStatus::success;
  InitPhase phase = InitPhase::init;
  bool is_json = false;  // The function's log is of the JSON format.
  std::int64_t unix_ms = 0;
  EnvironmentId environment;

  std::string_view request_id;
  std::string_view trace_id;
  std::string_view error_type;      // "Runtime.ExitError"; empty: none.
  std::string_view initialization;  // "on-demand"
  std::string_view name;            // Of the function, or of the extension.
  std::string_view instance;        // Of the environment: its log stream.
  std::string_view text;
  std::string_view words;  // With commas between: "INVOKE,SHUTDOWN".

  Duration duration{0};
  // From the start to the answer, a part of `duration`; of a report: until the runtime was done,
  // where extensions went on. Zero: they did not.
  Duration answered{0};
  std::optional<Duration> init{};     // With the first invocation of an environment on demand.
  std::optional<Duration> restore{};  // Likewise, of a snapshot.
  std::uint32_t memory_mib = 0;
  std::uint32_t max_memory_mib = 0;
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
};

// Whoever wants to know of everything that goes to the logs of a server's functions, such as the
// Telemetry API. Told in the order of events, within the step of the driver that they belong to: it
// must not call the driver, and keeps what it needs.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void on_log_event(const LogEvent& event) = 0;
};

// "platform.initStart", "function", ...
std::string_view type_name(LogEventType type);

// "2026-01-02T03:04:05.678Z"
std::string time_text(std::int64_t unix_ms);

// The record as JSON, in the schema 2022-12-13 of the Telemetry API and later: an object, or what a
// function or an extension wrote. That is a string; in the JSON log format an object stays one.
std::string record_json(const LogEvent& event);

// The whole of it: {"time": ..., "type": ..., "record": ...}.
std::string event_json(const LogEvent& event);

// The invocation's duration, with init where it is billed: whole milliseconds, rounded up.
std::int64_t billed_ms(const LogEvent& report);

}  // namespace smyth::observe
