// The half of the driver that listens: what environments say and files tell becomes inputs.
#include "live/driver.h"
#include "front/invoke_api.h"
#include "live/environment.h"
#include "live/log_outcome.h"
#include "runtime/file_stamp.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>
#include <string>
#include <string_view>

namespace smyth::live {
namespace {

// A file written so short a time before may not be whole.
constexpr std::int64_t young_ns = 200'000'000;
// How long a verdict on such files waits.
constexpr Duration doubt_length = std::chrono::milliseconds(30);
// A busy machine may take so long between the emptying of a file and its new text.
constexpr Duration empty_doubt_length = std::chrono::milliseconds(500);

// No module has no text at all; only what makes a folder a package has none.
bool is_emptied(std::string_view path, std::int64_t size) {
  return size == 0 && !path.ends_with("/__init__.py");
}

// On one line, and fit for a header.
std::string printable(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  return text.substr(0, 1'000);
}

// "Runtime.ImportModuleError: Unable to import module ..." of an error document, on one line.
std::string summary(std::string_view document) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(document, error);
  std::string line{document};
  if (!error && parsed.is_object()) {
    const auto text = [&](const char* key) {
      const auto* found = parsed.as_object().if_contains(key);
      return found && found->is_string() ? std::string_view(found->as_string())
                                         : std::string_view{};
    };
    line = fmt::format("{}: {}", text("errorType"), text("errorMessage"));
  }
  return printable(std::move(line));
}

// Whether the path is one of the files, or a folder that one of them is in.
bool holds_any(const std::string& path, const std::set<std::string, std::less<>>& files) {
  if (files.contains(path)) return true;
  const std::string folder = path + '/';
  const auto first = files.lower_bound(folder);
  return first != files.end() && first->starts_with(folder);
}

// A source, or a folder, or a link to one: those of packages have no dot in their names.
bool may_be_source(std::string_view path, runtime::Kind kind = runtime::Kind::python) {
  const bool is_of_kind = kind == runtime::Kind::node
                              ? path.ends_with("js") || path.ends_with(".json")
                              : path.ends_with(".py");
  return is_of_kind || path.substr(path.rfind('/') + 1).find('.') == path.npos;
}

// A program does not say what it has loaded: whatever looks like code in its folder may be it.
// Data that it writes there is none.
bool is_code_of(const LiveFunction& function, const std::string& path) {
  if (function.start.kind != runtime::Kind::program) return false;
  const std::string& folder = function.start.cwd;
  const bool is_below = path.size() > folder.size() && path.starts_with(folder) &&
                        (path[folder.size()] == '/' || folder == "/");
  return is_below && runtime::is_program_file(path);
}

}  // namespace

void Driver::on_initialising(EnvironmentId id) {
  if (Environment* begun = environment(id)) enter(*begun, Environment::Phase::init);
}

void Driver::on_restoring(EnvironmentId id) {
  Environment* restored = environment(id);
  if (!restored) return;
  function_log_.phase_ended(*restored, {});
  enter(*restored, Environment::Phase::restore);
}

void Driver::on_ready(EnvironmentId id, const runtime::Report& report) {
  Environment* ready = environment(id);
  if (!ready) return;
  LiveFunction& function = *functions_[ready->function];
  ready->state = Environment::State::idle;
  ready->init = parts_.timer.now() - ready->started;
  ready->max_rss_kib = report.max_rss_kib;
  --function.initialising;
  if (ready->phase == Environment::Phase::restore) {
    ready->restore = parts_.timer.now() - ready->phase_began;
  }
  function_log_.phase_ended(*ready, {});
  if (ready->changes == function.changes) function.reload_error.clear();
  leave_debugger(id);
  note_modules(*ready, report);
  submit(core::Input::ready(id));
}

void Driver::on_init_failed(EnvironmentId id, const runtime::Report& report) {
  take_notice_();
  Environment* failed = environment(id);
  if (!failed) return;
  failed->init_error = report.document;
  failed->max_rss_kib = report.max_rss_kib;
  note_modules(*failed, report);
  if (!environment(id)) return;  // Its deadline had passed.
  const bool is_stale = failed->changes != functions_[failed->function]->changes;
  if (!is_stale && may_be_half_saved(report)) {
    Doubt doubt{.id = id,
                .until = parts_.timer.now() + doubt_length,
                .last = parts_.timer.now() + empty_doubt_length,
                .files = {}};
    for (const runtime::LoadedModule& module : report.modules) {
      doubt.files.push_back({std::string(module.path), module.mtime_ns, module.size});
    }
    doubts_.push_back(std::move(doubt));
  }
  parts_.runtime.reset(id, runtime::ShutdownReason::failure);
  if (doubts_.empty() || doubts_.back().id != id) return judge(id);
  arm();
}

// The kernel empties a file before it tells that it did: what was read in between looks like code
// that does not load.
bool Driver::may_be_half_saved(const runtime::Report& report) {
  const std::int64_t now_ns = parts_.timer.unix_ms() * 1'000'000;
  return std::ranges::any_of(report.modules, [&](const runtime::LoadedModule& module) {
    return module.size == 0 || now_ns - module.mtime_ns < young_ns;
  });
}

void Driver::look_again() {
  const TimePoint now = parts_.timer.now();
  while (!doubts_.empty() && doubts_.front().until <= now) {
    Doubt doubt = std::move(doubts_.front());
    doubts_.pop_front();
    take_notice_();
    Environment* failed = environment(doubt.id);
    if (!failed) continue;
    LiveFunction& function = *functions_[failed->function];
    const bool is_as_read = std::ranges::all_of(doubt.files, [](const Doubt::File& file) {
      return runtime::is_as_loaded({file.path, file.mtime_ns, file.size});
    });
    const bool is_any_empty = std::ranges::any_of(
        doubt.files, [](const Doubt::File& file) { return is_emptied(file.path, file.size); });
    if (is_as_read && is_any_empty && failed->changes == function.changes && now < doubt.last) {
      doubt.until = now + doubt_length;
      doubts_.push_back(std::move(doubt));
      continue;
    }
    if (!is_as_read && failed->changes == function.changes) code_changed(function);
    judge(doubt.id);
  }
}

void Driver::judge(EnvironmentId id) {
  Environment* failed = environment(id);
  if (!failed) return;
  const std::string document = failed->init_error;
  // Of one that is stale already nothing is said: it tells of code that is gone.
  if (failed->changes == functions_[failed->function]->changes) {
    does_not_load(*failed, summary(document));
  }
  const std::string type = error_type_of(document);
  end(id, {.status = observe::LogStatus::error, .error_type = type});
  submit(core::Input::failed(id, core::InitFailure::reported),
         {.document = document, .text = {}, .exit = {}});
}

void Driver::on_result(EnvironmentId id, const runtime::Report& report) {
  finish(id, report, core::Outcome::success);
}

void Driver::on_error(EnvironmentId id, const runtime::Report& report) {
  finish(id, report, core::Outcome::function_error);
}

void Driver::on_answered(EnvironmentId id, const runtime::Report& report, bool is_error) {
  Environment* answered = environment(id);
  if (!answered || answered->state != Environment::State::busy) return;
  const auto outcome = is_error ? core::Outcome::function_error : core::Outcome::success;
  answered->outcome = outcome;
  answered->max_rss_kib = std::max(answered->max_rss_kib, report.max_rss_kib);
  if (!report.modules.empty()) note_modules(*answered, report);
  if (!environment(id)) return;
  function_log_.answered(*answered, report.document.size());
  submit(core::Input::answered(id, answered->current, outcome),
         {.document = report.document, .text = {}, .exit = {}});
}

void Driver::on_invocation_done(EnvironmentId id) {
  Environment* done = environment(id);
  if (!done || done->state != Environment::State::busy) return;
  leave_debugger(id);
  measure_memory(id);
  done->state = Environment::State::idle;
  function_log_.ended(*done, memory_of(*done), {});
  auto held = std::move(done->held);
  submit(core::Input::completed(id, done->current, done->outcome));
  release(std::move(held));
}

void Driver::finish(EnvironmentId id, const runtime::Report& report, core::Outcome outcome) {
  Environment* finished = environment(id);
  if (!finished || finished->state != Environment::State::busy) return;
  leave_debugger(id);
  measure_run(*finished, report);
  finished->state = Environment::State::idle;
  finished->max_rss_kib = std::max(finished->max_rss_kib, report.max_rss_kib);
  const InvocationId invocation = finished->current;
  function_log_.ended(*finished, memory_of(*finished), {}, report.document.size());
  if (!report.modules.empty()) note_modules(*finished, report);
  submit(core::Input::completed(id, invocation, outcome),
         {.document = report.document, .text = {}, .exit = {}});
}

void Driver::on_exit(EnvironmentId id, runtime::ExitStatus status) {
  take_notice_();
  Environment* exited = environment(id);
  if (!exited) return;
  exited->max_rss_kib = status.has_passed_memory
                            ? memory_of(*exited) << 10
                            : std::max(exited->max_rss_kib, status.max_rss_kib);
  const bool was_ready = exited->state != Environment::State::initialising;
  if (!was_ready &&
      exited->why == core::Start::candidate) {  // Others have a caller who hears of it.
    const std::string_view by = status.signalled ? "signal" : "exit status";
    does_not_load(*exited, status.reason.empty()
                               ? fmt::format("its process ended by {} {}", by, status.code)
                               : fmt::format("{}: {}", status.error_type, status.reason));
  }
  end(id, {.status = observe::LogStatus::error, .error_type = status.error_type});
  submit(was_ready ? core::Input::exited(id) : core::Input::failed(id, core::InitFailure::exited),
         {.document = {}, .text = {}, .exit = status});
}

void Driver::on_spawn_failed(EnvironmentId id, const Error& error) {
  Environment* failed = environment(id);
  if (!failed) return;
  if (error.code == ErrorCode::misused) {
    const Request* waiting = request(failed->bound);
    const bool is_folder = error.message.starts_with("chdir ");
    failed->init_error = front::host_error_document(
        is_folder ? "Runtime.InvalidWorkingDir" : "Runtime.InvalidEntrypoint",
        waiting ? std::string_view(waiting->request_id) : std::string_view{}, error.message);
    return judge(id);
  }
  parts_.log.say(observe::Level::error,
                 fmt::format("error: starting `{}`: {}", failed->name, error.message));
  if (!error.hint.empty()) parts_.log.say(observe::Level::error, "hint: " + error.hint);
  candidate_failed(*failed, printable(error.message));
  end(id, {.status = observe::LogStatus::error, .error_type = "Sandbox.Failure"});
  submit(core::Input::failed(id, core::InitFailure::spawn),
         {.document = {}, .text = error.message, .exit = {}});
}

void Driver::does_not_load(const Environment& failed, const std::string& why) {
  parts_.log.say(observe::Level::error,
                 fmt::format("error: `{}` does not load: {}", failed.name, why));
  candidate_failed(failed, why);
}

// If it was to try the newest code, the old serves on, and callers are told why.
void Driver::candidate_failed(const Environment& failed, const std::string& why) {
  LiveFunction& function = *functions_[failed.function];
  if (failed.why != core::Start::candidate || failed.changes != function.changes) return;
  function.reload_error = why;
  parts_.log.say(observe::Level::error, "hint: the old code serves on until a file of it changes");
}

// The scheduler has lost patience with an init.
void Driver::note_slow_init(EnvironmentId id) {
  const Environment* killed = environment(id);
  if (!killed || killed->state != Environment::State::initialising) return;
  const Duration limit = functions_[killed->function]->config.spec.init_timeout;
  if (limit == Duration{0} || parts_.timer.now() - killed->started < limit) return;
  const double length = std::chrono::duration<double>(limit).count();
  does_not_load(*killed, fmt::format("its init took longer than {} s", length));
}

// An environment may have read a file before it changed and report it afterwards: what differs from
// the disk is stale from the start. If it is known to be stale already, that says nothing of newer
// ones.
void Driver::note_modules(const Environment& environment, const runtime::Report& report) {
  LiveFunction& function = *functions_[environment.function];
  bool is_stale = false;
  for (const runtime::LoadedModule& module : report.modules) {
    on_loaded_(module.path);
    if (!function.files.contains(module.path)) function.files.emplace(module.path);
    is_stale = is_stale || !runtime::is_as_loaded(module);
  }
  if (is_stale && environment.changes == function.changes) code_changed(function);
}

// --- Files ---

void Driver::changed(const std::vector<std::string>& paths, bool everything) {
  for (const auto& function : functions_) {
    if (!function || function->removed) continue;
    // A file that is being loaded right now is not reported yet: any source may be the one.
    const bool is_loading = function->initialising > 0 || !function->reload_error.empty();
    const bool is_hit = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return holds_any(path, function->files) ||
             (is_loading && may_be_source(path, function->start.kind)) ||
             is_code_of(*function, path);
    });
    if (everything || is_hit) code_changed(*function);
  }
  const bool is_hook = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return holds_any(path, hook_files_) || (hook_calls_ > 0 && may_be_source(path));
  });
  if (is_hook || (everything && !hook_files_.empty())) parts_.hooks.restart();
}

}  // namespace smyth::live
