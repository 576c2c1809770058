// What the driver tells the functions' logs, and the answers that wait for them.
#include "live/driver.h"

#include "live/environment.h"
#include "live/log_outcome.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace smyth::live {
namespace {

using observe::LogStatus;

// An invocation so short cannot have taken much more memory,
constexpr Duration memory_grows_after = std::chrono::milliseconds(5);
// and many of them cannot in so short a time. To look it up takes a tenth of a millisecond.
constexpr Duration memory_pause = std::chrono::milliseconds(20);

// How the log tells of an invocation that ended so; none: it says nothing of it, since the
// function's environment had no part in it.
std::optional<LogOutcome> outcome_of(core::Verdict verdict, std::string_view exit_type) {
  switch (verdict) {
    case core::Verdict::success:
    case core::Verdict::function_error:
      return LogOutcome{};
    case core::Verdict::timeout:
      return LogOutcome{.status = LogStatus::timeout, .error_type = {}};
    case core::Verdict::crash:
    case core::Verdict::init_crash:
      return LogOutcome{.status = LogStatus::error, .error_type = exit_type};
    case core::Verdict::init_error:
      return LogOutcome{.status = LogStatus::error, .error_type = {}};
    case core::Verdict::shutdown:
      return LogOutcome{.status = LogStatus::failure, .error_type = {}};
    case core::Verdict::spawn_failed:
    case core::Verdict::hook_failed:
    case core::Verdict::throttled:
    case core::Verdict::abandoned:
      break;
  }
  return std::nullopt;
}

// The process wrote it: it must not write to the terminal as it likes.
std::string printable(std::string_view text) {
  std::string line{text.substr(0, 1'000)};
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace

std::string error_type_of(std::string_view document) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(document, error);
  if (error || !parsed.is_object()) return "Runtime.Unknown";
  const boost::json::value* type = parsed.get_object().if_contains("errorType");
  return type && type->is_string() ? std::string(type->get_string()) : "Runtime.Unknown";
}

void Driver::log(EnvironmentId id, const observe::LogEvent& event) {
  if (const Environment* of = record_of(id)) function_log_.tell(*of, event);
}

void Driver::on_extension(EnvironmentId id, const runtime::ExtensionReport& report) {
  log(id, {.type = observe::LogEventType::extension,
           .error_type = report.error_type,
           .name = report.name,
           .text = report.state,
           .words = report.events});
}

void Driver::on_extension_output(EnvironmentId id, std::string_view name, std::string_view line) {
  const Environment* from = record_of(id);
  if (!from) return;
  if (!function_log_.tell(*from, {.type = observe::LogEventType::extension_line, .text = line})) {
    return;
  }
  parts_.log.output(fmt::format("{}/{}", from->name, name), {}, line);
}

void Driver::on_runtime_done(EnvironmentId id) {
  Environment* done = environment(id);
  if (!done) return;
  if (done->state == Environment::State::initialising) {
    function_log_.phase_runtime_done(*done, {});
  } else {
    function_log_.runtime_done(*done, {});
  }
}

void Driver::on_output(EnvironmentId id, std::string_view line) {
  const Environment* from = record_of(id);
  if (!from) return;
  if (!environment(id)) {  // In its shutdown phase; perhaps it has begun anew already.
    const observe::LogEvent event{.type = observe::LogEventType::function_line, .text = line};
    if (function_log_.tell(*from, event)) parts_.log.output(from->name, {}, line);
    return;
  }
  if (!function_log_.wrote(*from, line)) return;
  const Request* waiting = request(from->current);
  const std::string_view request_id = from->running.is_on
                                          ? std::string_view(from->running.request_id)
                                      : waiting ? std::string_view(waiting->request_id)
                                                : std::string_view{};
  parts_.log.output(from->name, request_id, line);
}

// Once for each state of the code: all environments of a function do the same.
void Driver::on_left_running(EnvironmentId id, std::string_view what) {
  const Environment* from = environment(id);
  if (!from) return;
  LiveFunction& function = *functions_[from->function];
  if (!function.start.freeze || function.cut_short_told == from->changes + 1) return;
  function.cut_short_told = from->changes + 1;
  parts_.log.say(observe::Level::warning,
                 fmt::format("warning: `{}` is frozen while this still runs: {}", from->name,
                             printable(what)));
  parts_.log.say(observe::Level::warning,
                 "hint: it stands still until the next invocation, as on Lambda: wait for it "
                 "before the handler returns");
}

// Likewise once.
void Driver::on_shared(EnvironmentId id, std::string_view what) {
  const Environment* from = environment(id);
  if (!from) return;
  LiveFunction& function = *functions_[from->function];
  if (std::exchange(function.shared_told, from->changes + 1) == from->changes + 1) return;
  parts_.log.say(observe::Level::warning,
                 fmt::format("warning: the snapshot of `{}` holds what its environments must not "
                             "share: {}",
                             function.config.name, printable(what)));
  parts_.log.say(observe::Level::warning,
                 "hint: begin it in a hook of `register_after_restore`, or when an event needs it");
}

std::uint32_t Driver::memory_of(const Environment& environment) const {
  return functions_[environment.function]->config.memory_mib;
}

// What a runtime does not tell by itself: foreign ones nothing, ours nothing of other processes.
void Driver::measure_memory(EnvironmentId id) {
  Environment* measured = environment(id);
  if (!measured || measured->state != Environment::State::busy) return;
  const RunningLog& running = measured->running;
  const TimePoint now = parts_.timer.now();
  const bool is_due = running.tail || now - running.since >= memory_grows_after ||
                      now - measured->memory_looked_up >= memory_pause;
  if (!is_due) return;
  measured->memory_looked_up = now;
  measured->max_rss_kib =
      std::max(measured->max_rss_kib, parts_.runtime.peak_memory_kib(measured->id));
}

// Most of ours tell of themselves with each answer.
void Driver::measure_run(const Environment& environment, const runtime::Report& report) {
  const bool is_long = parts_.timer.now() - environment.running.since >= memory_grows_after;
  if (is_long || report.max_rss_kib == 0) measure_memory(environment.id);
}

LogOutcome Driver::why_killed(EnvironmentId id) {
  const Environment* killed = environment(id);
  if (!killed) return {};
  const core::FunctionSpec& spec = functions_[killed->function]->config.spec;
  const bool is_init = killed->state == Environment::State::initialising;
  const bool is_first = is_init && killed->why != core::Start::init_again;
  const Duration limit = is_first ? spec.init_timeout : spec.timeout;
  const TimePoint since = is_init ? killed->started : killed->running.since;
  const bool is_over = limit > Duration{0} && parts_.timer.now() - since >= limit;
  return {.status = is_over ? LogStatus::timeout : LogStatus::failure, .error_type = {}};
}

void Driver::log_end(Request& request, core::Verdict verdict, Environment* environment,
                     std::string_view exit_type) {
  const auto outcome = outcome_of(verdict, exit_type);
  if (!environment || !outcome) return;
  LogOutcome told = *outcome;
  std::string type;
  if (verdict == core::Verdict::init_error) {
    type = error_type_of(environment->init_error);
    told.error_type = type;
  }
  const RunningLog& running = environment->running;
  if (running.is_on && running.request_id == request.request_id) {
    function_log_.ended(*environment, memory_of(*environment), told);
  } else if (!request.is_delivered && environment->bound == request.id &&
             verdict != core::Verdict::shutdown) {
    if (request.log_tail) request.tail = std::make_unique<observe::Tail>();
    function_log_.ended_in_init(*environment, request, memory_of(*environment), told);
  }
}

// Whoever wants the log with the answer waits until it is whole: until the runtime asks for the
// next event, or until it has no time left to do so.
void Driver::hold_answer(const core::Action& action, const Detail& detail,
                         Environment& environment) {
  auto held = std::make_unique<HeldAnswer>();
  held->request = std::move(requests_[action.invocation.index]);
  held->verdict = action.verdict();
  held->environment = environment.name;
  held->document = detail.document;
  held->reload_error = functions_[environment.function]->reload_error;
  environment.held = std::move(held);
}

void Driver::release(std::unique_ptr<HeldAnswer> held) {
  if (!held) return;
  parts_.front.answer({.request = *held->request,
                       .verdict = held->verdict,
                       .reason = core::Reason::none,
                       .environment = held->environment,
                       .document = held->document,
                       .detail = {},
                       .reload_error = held->reload_error,
                       .elapsed = parts_.timer.now() - held->request->arrived});
  spare(std::move(held->request));
}

}  // namespace smyth::live
