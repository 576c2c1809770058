#include "sim/driver.h"

#include "base/check.h"
#include "sim/at_index.h"

#include <tuple>

namespace smyth::sim {
namespace {

bool concerns_environment(core::InputKind kind) {
  using enum core::InputKind;
  return kind == ready || kind == failed || kind == answered || kind == completed ||
         kind == exited || kind == paused || kind == resumed;
}

}  // namespace

Driver::Driver(core::Scheduler& scheduler, ProcessModel& processes)
    : scheduler_(scheduler), processes_(processes) {}

void Driver::run_before(TimePoint at, Rank rank) {
  for (;;) {
    const std::optional<TimePoint> timer = due();
    const bool timer_comes_before = timer && std::tuple(*timer, Rank::timer) < std::tuple(at, rank);
    const bool agenda_comes_before =
        !agenda_.empty() &&
        std::tuple(agenda_.first().at, agenda_.first().rank) < std::tuple(at, rank);
    if (!timer_comes_before && !agenda_comes_before) return;
    step_once();
  }
}

void Driver::run_until(TimePoint end) {
  for (;;) {
    const std::optional<TimePoint> timer = due();
    const bool timer_is_due = timer && *timer <= end;
    const bool agenda_is_due = !agenda_.empty() && agenda_.first().at <= end;
    if (!timer_is_due && !agenda_is_due) return;
    step_once();
  }
}

// A lower bound may lie in the past; time does not.
std::optional<TimePoint> Driver::due() const {
  const std::optional<TimePoint> deadline = scheduler_.next_deadline();
  return deadline && *deadline < now_ ? now_ : deadline;
}

void Driver::step_once() {
  const std::optional<TimePoint> timer = due();
  const bool timer_is_first =
      timer && (agenda_.empty() || std::tuple(*timer, Rank::timer) <
                                       std::tuple(agenda_.first().at, agenda_.first().rank));
  if (timer_is_first) {
    submit(core::Input::tick(), *timer);
    const std::optional<TimePoint> next = scheduler_.next_deadline();
    SMYTH_CHECK(!next || *next > now_);  // A tick fires every deadline up to its own time.
    return;
  }
  const Agenda::Entry entry = agenda_.take();
  if (still_true(entry.input)) submit(entry.input, entry.at);
}

InvocationId Driver::submit(const core::Input& input, TimePoint at) {
  SMYTH_CHECK(at >= now_);
  now_ = at;
  ++steps_;
  InvocationId arrived;
  if (input.kind == core::InputKind::arrive) {
    arrived = scheduler_.next_invocation();
    at_index(functions_, arrived.index) = input.function;
  }
  note(input);
  const std::span<const core::Action> actions = scheduler_.handle(input, at);
  const Step step{input, at, actions, arrived};
  for (Observer* observer : observers_) observer->saw(step);
  for (const core::Action& action : actions) perform(action);
  return arrived;
}

// What an input says about the processes themselves.
void Driver::note(const core::Input& input) {
  if (input.kind != core::InputKind::exited && input.kind != core::InputKind::failed) return;
  if (input.environment.index >= environments_.size()) return;
  Environment& environment = environments_[input.environment.index];
  if (environment.id == input.environment) environment.alive = false;
}

// Nothing is to be said of an environment that was killed or stopped.
bool Driver::still_true(const core::Input& input) const {
  if (!concerns_environment(input.kind)) return true;
  const Environment& environment = environments_.at(input.environment.index);
  return environment.id == input.environment && environment.alive;
}

void Driver::perform(const core::Action& action) {
  switch (action.kind) {
    case core::ActionKind::start: {
      Environment& environment = at_index(environments_, action.environment.index);
      environment = {action.environment, FunctionId{action.function, 0}, true};
      follow(action, environment.function);
      return;
    }
    case core::ActionKind::choose:
    case core::ActionKind::prepare:
    case core::ActionKind::deliver:
      follow(action, functions_.at(action.invocation.index));
      return;
    case core::ActionKind::kill:
    case core::ActionKind::stop:
      environments_.at(action.environment.index).alive = false;
      return;
    case core::ActionKind::answer:
      return;
  }
}

// Puts on the agenda what the processes make of an action.
void Driver::follow(const core::Action& action, FunctionId function) {
  const std::optional<Reaction> reaction = processes_.react(action, function);
  if (!reaction) return;
  core::Input input = core::Input::tick();
  input.kind = reaction->kind;
  input.detail = reaction->detail;
  input.slot = reaction->slot;
  input.invocation = action.invocation;
  if (concerns_environment(input.kind)) input.environment = action.environment;
  TimePoint at = now_ + reaction->after;
  if (reaction->pause_for > Duration{0}) {
    const TimePoint pause = now_ + reaction->pause_after;
    agenda_.add(core::Input::paused(action.environment), pause);
    agenda_.add(core::Input::resumed(action.environment), pause + reaction->pause_for);
    at += reaction->pause_for;
  }
  agenda_.add(input, at);
  if (input.kind == core::InputKind::answered) {
    at += reaction->linger;
    const auto outcome = static_cast<core::Outcome>(input.detail);
    agenda_.add(core::Input::completed(action.environment, action.invocation, outcome), at);
  }
  if (reaction->exit_after > Duration{0}) {
    agenda_.add(core::Input::exited(action.environment), at + reaction->exit_after);
  }
}

}  // namespace smyth::sim
