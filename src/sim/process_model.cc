#include "sim/process_model.h"

#include "base/check.h"

namespace smyth::sim {
namespace {

template <class Detail>
Reaction reaction(Duration after, core::InputKind kind, Detail detail) {
  return {.after = after, .kind = kind, .detail = static_cast<std::uint8_t>(detail)};
}

}  // namespace

Duration Length::draw(Prng& prng) const {
  switch (law) {
    case Law::fixed:
      return mean;
    case Law::uniform:
      return prng.uniform(mean * 2);
    case Law::exponential:
      return prng.exponential(mean);
  }
  return mean;
}

void RandomProcesses::set(FunctionId function, const Behaviour& behaviour) {
  if (functions_.size() <= function.index) functions_.resize(function.index + 1);
  std::optional<Processes>& processes = functions_[function.index];
  if (processes) {
    processes->behaviour = behaviour;
    return;
  }
  const std::uint64_t stream = std::uint64_t{function.index} * 8;
  processes.emplace(Processes{behaviour, Prng(seed_, stream), Prng(seed_, stream + 1),
                              Prng(seed_, stream + 2), Prng(seed_, stream + 3)});
}

std::optional<Reaction> RandomProcesses::react(const core::Action& action, FunctionId function) {
  auto& configured = functions_.at(function.index);
  SMYTH_CHECK(configured.has_value());
  Processes& processes = *configured;  // NOLINT(bugprone-unchecked-optional-access)
  switch (action.kind) {
    case core::ActionKind::start:
      return init(processes);
    case core::ActionKind::deliver:
      return run(processes);
    case core::ActionKind::prepare:
      return prepare(processes);
    case core::ActionKind::choose:
      return choose(processes);
    case core::ActionKind::kill:
    case core::ActionKind::stop:
    case core::ActionKind::answer:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Reaction> RandomProcesses::init(Processes& processes) {
  using enum core::InputKind;
  const Faults& faults = processes.behaviour.faults;
  const Duration after = processes.behaviour.init.draw(processes.init);
  if (processes.faults.happens(faults.init_hangs)) return std::nullopt;
  if (processes.faults.happens(faults.spawn_fails)) {
    return reaction(Duration{0}, failed, core::InitFailure::spawn);
  }
  if (processes.faults.happens(faults.init_reports)) {
    return reaction(after, failed, core::InitFailure::reported);
  }
  if (processes.faults.happens(faults.init_exits)) {
    return reaction(after, failed, core::InitFailure::exited);
  }
  return reaction(after, ready, 0);
}

std::optional<Reaction> RandomProcesses::run(Processes& processes) {
  using enum core::InputKind;
  const Faults& faults = processes.behaviour.faults;
  const Duration after = processes.behaviour.run.draw(processes.run);
  if (processes.faults.happens(faults.hang)) return std::nullopt;
  if (processes.faults.happens(faults.crash)) return reaction(after, exited, 0);
  Reaction made = reaction(after, completed, core::Outcome::success);
  if (processes.faults.happens(faults.function_error)) {
    made.detail = static_cast<std::uint8_t>(core::Outcome::function_error);
  }
  if (processes.faults.happens(faults.answers_early)) {
    made.kind = answered;
    made.linger = processes.behaviour.linger.draw(processes.run);
  }
  if (processes.faults.happens(faults.idle_exit)) {
    made.exit_after = Length::exponential(after * 8 + Duration{1}).draw(processes.faults);
  }
  if (processes.faults.happens(faults.pause)) {
    made.pause_after = after / 2;
    made.pause_for = Length::exponential(after * 4 + Duration{1}).draw(processes.faults);
  }
  return made;
}

std::optional<Reaction> RandomProcesses::prepare(Processes& processes) {
  const Duration after = processes.behaviour.prepare.draw(processes.hooks);
  const bool fails = processes.faults.happens(processes.behaviour.faults.hook_fails);
  return reaction(after, fails ? core::InputKind::prepare_failed : core::InputKind::prepared, 0);
}

std::optional<Reaction> RandomProcesses::choose(Processes& processes) {
  const Behaviour& behaviour = processes.behaviour;
  const Duration after = behaviour.choice.draw(processes.hooks);
  if (processes.faults.happens(behaviour.faults.hook_fails)) {
    return reaction(after, core::InputKind::choice_failed, 0);
  }
  Reaction made = reaction(after, core::InputKind::chosen, 0);
  made.slot = static_cast<Slot>(processes.hooks.below(behaviour.slots));
  if (processes.faults.happens(behaviour.faults.bad_choice)) made.slot = behaviour.slots;
  return made;
}

}  // namespace smyth::sim
