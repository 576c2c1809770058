#include "runtime/hooks_process.h"

#include "base/check.h"
#include "runtime/module_lines.h"
#include "runtime/start_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace smyth::runtime {
namespace {

constexpr double limit_max = 10;  // Seconds.
// A hook that can be interrupted is, by its own process, with a better message than ours.
constexpr std::chrono::milliseconds patience{20};
constexpr std::uint32_t hooks_index = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t event_bytes_max = (6u << 20) + 100;  // As for every event.

std::string describe(const HookFunction& function, bool is_choice) {
  if (is_choice) return fmt::format("strategy `{}`", function.strategy);
  if (function.context_function.empty())
    return fmt::format("event function `{}`", function.event_function);
  if (function.event_function.empty())
    return fmt::format("context function `{}`", function.context_function);
  return fmt::format("event function `{}` or context function `{}`", function.event_function,
                     function.context_function);
}

}  // namespace

HooksProcess::HooksProcess(PythonRuntime& runtime, StartSpec spec,
                           std::chrono::milliseconds silence_max)
    : processes_(runtime.processes()),
      spec_(std::move(spec)),
      silence_max_(silence_max),
      timer_(processes_.loop()) {}

HooksProcess::~HooksProcess() {
  events_ = nullptr;
  for (auto call = calls_.begin(); call != calls_.end();) remove(call++);
  if (process_) process_->kill();
}

// --- Calls ---

void HooksProcess::prepare(InvocationId id, const HookFunction& function,
                           const HookRequest& request, const HookProcess& process) {
  const HookCall call = begin(Kind::prepare, id, function);
  send(FrameType::prepare, prepare_head(call, function, request, process), request.body);
}

void HooksProcess::choose(InvocationId id, const HookFunction& function,
                          const std::vector<HookProcess>& processes) {
  const HookCall call = begin(Kind::choose, id, function);
  send(FrameType::choose, choose_head(call, function, processes), {});
}

HookCall HooksProcess::begin(Kind kind, InvocationId id, const HookFunction& function) {
  SMYTH_CHECK(events_);
  if (!process_) {
    word_due_.reset();
    process_ =
        processes_.start({hooks_index, ++generation_}, Role::hooks, start_frame(spec_), *this);
  }
  const double limit = function.timeout > 0 ? std::min(function.timeout, limit_max) : limit_max;
  const auto length =
      std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(limit));
  calls_.emplace(++call_count_, Call{.kind = kind,
                                     .invocation = id,
                                     .what = describe(function, kind == Kind::choose),
                                     .limit = limit,
                                     .deadline = Steady::now() + length + patience,
                                     .process = process_});
  arm();
  return {.call = call_count_, .limit = limit};
}

void HooksProcess::send(FrameType type, const std::string& head, std::string_view rest) {
  std::string frame;
  FrameWriter(frame, type).text(head).seal(rest.size());
  process_->send(frame, rest);
}

void HooksProcess::change(StartSpec spec) {
  spec_ = std::move(spec);
  restart();
}

void HooksProcess::restart() {
  const auto retired = std::exchange(process_, nullptr);
  if (!retired) return;
  const bool is_needed = std::ranges::any_of(
      calls_, [&](const auto& entry) { return entry.second.process == retired; });
  if (!is_needed) retired->kill();
}

void HooksProcess::set_environ(std::map<std::string, std::string> environ) {
  if (environ == spec_.environ) return;
  spec_.environ = std::move(environ);
  restart();
}

HooksProcess::Call HooksProcess::remove(std::map<std::uint64_t, Call>::iterator found) {
  Call call = std::move(found->second);
  calls_.erase(found);
  const bool is_last = std::ranges::none_of(
      calls_, [&](const auto& entry) { return entry.second.process == call.process; });
  if (is_last && call.process != process_) call.process->kill();
  return call;
}

// --- Answers ---

void HooksProcess::on_frame(Process& process, const Frame& frame) {
  if (&process == process_.get()) word_due_.reset();
  if (frame.type == FrameType::ready || frame.type == FrameType::alive) return;
  FrameBody body(frame.body);
  const auto answer = read_hook_answer(body.text());
  const bool is_answer = frame.type == FrameType::prepared || frame.type == FrameType::chosen;
  if (!is_answer || !answer) return process.break_off();
  const auto found = calls_.find(answer->call);
  // One that nobody waits for any more still tells what it has loaded.
  const bool is_late = found == calls_.end();
  const bool is_prepared = frame.type == FrameType::prepared;
  Prepared prepared;
  if (is_prepared) {
    prepared.event = body.text();
    prepared.context = body.text();
  }
  const std::string_view module_lines = body.text();
  std::vector<LoadedModule> modules;
  if (!body.is_ok() || !read_modules(module_lines, modules) ||
      (!is_late && (found->second.kind == Kind::prepare) != is_prepared)) {
    return process.break_off();
  }
  if (!modules.empty()) events_->on_hook_modules(modules);
  if (is_late) return;
  const auto self = process.shared_from_this();  // Its frame is read until the end.
  const Call call = remove(calls_.find(answer->call));
  if (!answer->is_ok) return fail(call, answer->error);
  if (prepared.event.size() > event_bytes_max || prepared.context.size() > event_bytes_max) {
    return fail(call, fmt::format("{}: what it returned is larger than {} bytes", call.what,
                                  event_bytes_max));
  }
  if (is_prepared) {
    events_->on_prepared(call.invocation, prepared);
  } else {
    events_->on_chosen(call.invocation, answer->slot);
  }
}

void HooksProcess::fail(const Call& call, std::string_view why) {
  if (call.kind == Kind::prepare) {
    events_->on_prepare_failed(call.invocation, why);
  } else {
    events_->on_choice_failed(call.invocation, why);
  }
}

void HooksProcess::on_line(Process&, std::string_view line) {
  if (events_) events_->on_hook_output(line);
}

void HooksProcess::on_end(Process& process, ExitStatus status) {
  fail_all(process, fmt::format("the hooks process ended ({} {}); the next call starts it anew",
                                status.signalled ? "signal" : "exit status", status.code));
}

void HooksProcess::on_spawn_failed(Process& process, const Error& error) {
  fail_all(process, "the hooks process: " + error.message);
}

void HooksProcess::fail_all(const Process& process, std::string_view why) {
  if (process_.get() == &process) process_.reset();
  std::vector<std::uint64_t> failed;
  for (const auto& [number, call] : calls_) {
    if (call.process.get() == &process) failed.push_back(number);
  }
  for (const std::uint64_t number : failed) {
    if (const auto found = calls_.find(number); found != calls_.end()) fail(remove(found), why);
  }
}

// --- Limits ---

void HooksProcess::arm() {
  auto next = word_due_.value_or(Steady::time_point::max());
  for (const auto& [number, call] : calls_) next = std::min(next, call.deadline);
  if (next >= armed_) return;  // Nothing is waited for, or it wakes early and looks again.
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = Steady::time_point::max();
    fail_overdue();
    give_up_silent();
    arm();
  });
}

void HooksProcess::fail_overdue() {
  const auto now = Steady::now();
  std::vector<std::uint64_t> overdue;
  for (const auto& [number, call] : calls_) {
    if (call.deadline <= now) overdue.push_back(number);
  }
  for (const std::uint64_t number : overdue) {
    const auto found = calls_.find(number);
    if (found == calls_.end()) continue;
    const Call call = remove(found);
    ask_whether_alive(*call.process);
    fail(call, fmt::format("{} took longer than its limit of {} s", call.what, call.limit));
  }
}

// A call of it has passed its limit.
void HooksProcess::ask_whether_alive(Process& process) {
  if (&process != process_.get() || word_due_) return;
  std::string frame;
  FrameWriter(frame, FrameType::alive).seal();
  process.send(frame);
  word_due_ = Steady::now() + silence_max_;
}

void HooksProcess::give_up_silent() {
  if (!word_due_ || Steady::now() < *word_due_) return;
  word_due_.reset();
  const auto silent = process_;
  if (!silent) return;
  events_->on_hook_output(fmt::format(
      "error: a hook holds up all others: their process says nothing for {} s after the limit of a "
      "call and is killed; the next call starts it anew",
      std::chrono::duration<double>(silence_max_).count()));
  fail_all(*silent, "the hooks process was killed: a hook held up all others");
  silent->kill();
}

}  // namespace smyth::runtime
