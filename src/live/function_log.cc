#include "live/function_log.h"

#include "live/environment.h"

#include <utility>

namespace smyth::live {
namespace {

using observe::LogEvent;
using observe::LogEventType;

// Lambda tells the init of a new environment by itself. One that was reset, and one whose init did
// not end in time, begin again as a part of the invocation (docs/reference/lambda-environments.md).
bool is_suppressed(core::Start why) {
  return why == core::Start::reset || why == core::Start::init_again;
}

observe::InitPhase phase_of(const Environment& environment) {
  if (environment.has_snapshot) return observe::InitPhase::snap_start;
  return is_suppressed(environment.why) ? observe::InitPhase::invoke : observe::InitPhase::init;
}

bool is_sampled(std::string_view trace_id) {
  return trace_id.find("Sampled=1") != std::string_view::npos;
}

}  // namespace

void FunctionLog::phase_began(Environment& environment, std::uint32_t memory_mib,
                              std::string_view version, std::string_view version_arn) {
  environment.running.is_runtime_done = false;
  const bool is_restore = environment.phase == Environment::Phase::restore;
  tell(environment, {.type = is_restore ? LogEventType::restore_start : LogEventType::init_start,
                     .phase = phase_of(environment),
                     .initialization = environment.initialization,
                     .name = environment.source->function,
                     .instance = environment.source->stream,
                     .text = version,
                     .words = version_arn,
                     .memory_mib = memory_mib});
}

void FunctionLog::phase_runtime_done(Environment& environment, const LogOutcome& outcome) {
  if (environment.phase == Environment::Phase::none) return;
  if (std::exchange(environment.running.is_runtime_done, true)) return;
  tell(environment, of_phase(environment, outcome, LogEventType::init_runtime_done,
                             LogEventType::restore_runtime_done));
}

void FunctionLog::phase_ended(Environment& environment, const LogOutcome& outcome) {
  if (environment.phase == Environment::Phase::none) return;
  phase_runtime_done(environment, outcome);
  tell(environment,
       of_phase(environment, outcome, LogEventType::init_report, LogEventType::restore_report));
}

observe::LogEvent FunctionLog::of_phase(const Environment& environment, const LogOutcome& outcome,
                                        LogEventType of_init, LogEventType of_restore) const {
  return {.type = environment.phase == Environment::Phase::restore ? of_restore : of_init,
          .status = outcome.status,
          .phase = phase_of(environment),
          .error_type = outcome.error_type,
          .initialization = environment.initialization,
          .duration = timer_.now() - environment.phase_began};
}

void FunctionLog::began(Environment& environment, const Request& request) {
  RunningLog& running = environment.running;
  running.is_on = true;
  running.is_runtime_done = false;
  // The time of an init that is a part of the invocation counts as the invocation's.
  const bool has_init = request.cold && is_suppressed(environment.why);
  running.is_cold = request.cold && !has_init && environment.why != core::Start::provisioned;
  running.request_id = request.request_id;
  running.trace_id = request.trace_id;
  running.since = has_init ? environment.started : request.delivered;
  running.answered.reset();
  running.bytes = 0;
  running.tail = request.tail.get();
  tell(environment, {.type = LogEventType::start,
                     .request_id = running.request_id,
                     .trace_id = running.trace_id});
}

void FunctionLog::answered(Environment& environment, std::uint64_t bytes) {
  RunningLog& running = environment.running;
  running.answered = timer_.now() - running.since;
  running.bytes = bytes;
}

void FunctionLog::runtime_done(Environment& environment, const LogOutcome& outcome,
                               std::uint64_t bytes) {
  RunningLog& running = environment.running;
  if (!running.is_on || std::exchange(running.is_runtime_done, true)) return;
  const Duration duration = timer_.now() - running.since;
  running.runtime_took = duration;
  if (!listener_ && !environment.source->format.is_json) return;  // Text does not tell of it.
  tell(environment, {.type = LogEventType::runtime_done,
                     .status = outcome.status,
                     .request_id = running.request_id,
                     .trace_id = running.trace_id,
                     .error_type = outcome.error_type,
                     .duration = duration,
                     .answered = running.answered.value_or(duration),
                     .bytes = running.answered ? running.bytes : bytes});
}

void FunctionLog::ended(Environment& environment, std::uint32_t memory_mib,
                        const LogOutcome& outcome, std::uint64_t bytes) {
  RunningLog& running = environment.running;
  if (!running.is_on) return;
  const bool had_extensions = running.is_runtime_done;
  runtime_done(environment, outcome, bytes);
  LogEvent event{.type = LogEventType::report,
                 .status = outcome.status,
                 .request_id = running.request_id,
                 .trace_id = running.trace_id,
                 .error_type = outcome.error_type,
                 .duration = timer_.now() - running.since,
                 .memory_mib = memory_mib,
                 .max_memory_mib = (environment.max_rss_kib + 1'023) / 1'024};
  if (running.is_cold && environment.restore) {
    event.restore = environment.restore;
  } else if (running.is_cold) {
    event.init = environment.init;
  }
  if (had_extensions) event.answered = running.runtime_took;
  tell(environment, event);
  running.is_on = false;
  running.tail = nullptr;
}

void FunctionLog::ended_in_init(Environment& environment, const Request& request,
                                std::uint32_t memory_mib, const LogOutcome& outcome) {
  began(environment, request);
  environment.running.is_cold = false;
  environment.running.since = environment.started;
  ended(environment, memory_mib, outcome);
}

bool FunctionLog::wrote(const Environment& environment, std::string_view line) {
  const RunningLog& running = environment.running;
  return tell(environment, {.type = LogEventType::function_line,
                            .request_id = running.is_on ? std::string_view(running.request_id)
                                                        : std::string_view{},
                            .text = line});
}

bool FunctionLog::tell(const Environment& environment, LogEvent event) {
  const observe::LogFormat& format = environment.source->format;
  event.unix_ms = timer_.unix_ms();
  event.environment = environment.id;
  event.is_json = format.is_json;
  if (listener_) listener_->on_log_event(event);
  if (!is_in_log(event, format)) return false;
  observe::Tail* tail = environment.running.is_on ? environment.running.tail : nullptr;
  const bool is_line =
      event.type == LogEventType::function_line || event.type == LogEventType::extension_line;
  const bool is_shown = !is_line && log_.shows_platform();
  if (tail || is_shown) {
    text_.clear();
    append_log_text(text_, event, format);
    if (tail) tail->add(text_);
    if (is_shown) log_.platform(text_);
  }
  // Text tells of no trace that is not sampled.
  if (!format.is_json && !is_sampled(event.trace_id)) event.trace_id = {};
  history_.add(event, environment.source);
  return true;
}

}  // namespace smyth::live
