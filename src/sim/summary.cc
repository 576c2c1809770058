#include "sim/summary.h"

#include "core/action.h"
#include "sim/at_index.h"

namespace smyth::sim {

void Summary::saw(const Step& step) {
  using enum core::InputKind;
  advance(step.now);
  if (step.input.kind == arrive) {
    ++arrivals;
    at_index(arrived_, step.arrived.index) = step.now;
  }
  if (step.input.kind == completed) end_run(step.input.environment);
  if (step.input.kind == exited || step.input.kind == failed) end(step.input.environment);
  for (const core::Action& action : step.actions) saw_action(action, step.now);
}

void Summary::saw_action(const core::Action& action, TimePoint now) {
  switch (action.kind) {
    case core::ActionKind::choose:
    case core::ActionKind::prepare:
      return;
    case core::ActionKind::start:
      ++starts;
      if (action.why() == core::Start::cold) ++cold_starts;
      at_index(environments_, action.environment.index) = {action.environment, true, false};
      ++alive_;
      return;
    case core::ActionKind::deliver:
      return deliver(action, now);
    case core::ActionKind::stop:
      ++stops;
      return end(action.environment);
    case core::ActionKind::kill:
      return end(action.environment);
    case core::ActionKind::answer:
      ++answers[static_cast<std::size_t>(action.detail)];
      return;
  }
}

void Summary::deliver(const core::Action& action, TimePoint now) {
  ++delivered;
  const Duration waited_for = now - arrived_[action.invocation.index];
  waiting += waited_for;
  if (waited_for > Duration{0}) ++waited;
  environments_[action.environment.index].busy = true;
  ++busy_;
}

void Summary::end_run(EnvironmentId id) {
  Environment& environment = environments_[id.index];
  if (environment.id != id || !environment.busy) return;
  environment.busy = false;
  --busy_;
}

void Summary::end(EnvironmentId id) {
  end_run(id);
  Environment& environment = environments_[id.index];
  if (environment.id != id || !environment.alive) return;
  environment.alive = false;
  --alive_;
}

void Summary::advance(TimePoint now) {
  const Duration passed = now - last_;
  last_ = now;
  at_index(busy_area_, busy_) += passed;
  at_index(alive_area_, alive_) += passed;
}

double Summary::mean(const std::vector<Duration>& area) const {
  double sum = 0;
  for (std::size_t number = 0; number < area.size(); ++number) {
    sum += static_cast<double>(number) * static_cast<double>(area[number].count());
  }
  return sum / static_cast<double>(last_.time_since_epoch().count());
}

double Summary::share_with_busy(std::size_t busy) const {
  if (busy >= busy_area_.size()) return 0;
  return static_cast<double>(busy_area_[busy].count()) /
         static_cast<double>(last_.time_since_epoch().count());
}

}  // namespace smyth::sim
