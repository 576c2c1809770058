#include "test/support/comparison.h"

#include "test/support/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::test {
namespace {

// The naive scheduler's id for one of the core's; one that nothing has if it is an old one.
template <class T>
T translate(const std::vector<std::pair<T, T>>& pairs, T id) {
  if (id.index >= pairs.size() || pairs[id.index].first != id) return T{};
  return pairs[id.index].second;
}

template <class T>
void pair_up(std::vector<std::pair<T, T>>& pairs, T ours, T naive) {
  if (pairs.size() <= ours.index) pairs.resize(ours.index + 1);
  pairs[ours.index] = {ours, naive};
}

}  // namespace

void Comparison::saw(const sim::Step& step) {
  if (!difference_.empty()) return;
  ++steps_;
  // The slots of a removed function are nobody's business.
  if (step.input.kind == core::InputKind::remove) std::erase(functions_, step.input.function);
  if (step.input.kind == core::InputKind::configure &&
      step.input.function == naive_.next_function()) {
    functions_.push_back(step.input.function);
  }
  if (step.arrived) pair_up(invocations_, step.arrived, naive_.next_invocation());
  const std::span<const core::Action> naive = naive_.handle(translated(step), step.now);
  compare_actions(step, naive);
  compare_views();
  if (!difference_.empty()) {
    difference_ += fmt::format("\nin step {} at {} ns, input {}", steps_,
                               step.now.time_since_epoch().count(), word(step.input.kind));
  }
}

core::Input Comparison::translated(const sim::Step& step) {
  using enum core::InputKind;
  core::Input input = step.input;
  input.invocation = translate(invocations_, input.invocation);
  switch (input.kind) {
    case ready:
    case failed:
    case answered:
    case completed:
    case exited:
    case paused:
    case resumed:
      input.environment = translate(environments_, input.environment);
      break;
    default:
      break;
  }
  return input;
}

std::string Comparison::written(const core::Action& action, bool translate_ids) {
  const InvocationId invocation =
      translate_ids ? translate(invocations_, action.invocation) : action.invocation;
  const EnvironmentId environment =
      translate_ids ? translate(environments_, action.environment) : action.environment;
  std::string text = fmt::format("{}", word(action.kind));
  const auto add_number = [&](const char* name, std::uint32_t number) {
    if (number != InvocationId::none) text += fmt::format(" {}={}", name, number);
  };
  using enum core::ActionKind;
  switch (action.kind) {
    case choose:
      add_number("invocation", invocation.index);
      add_number("function", action.function);
      break;
    case start:
      add_number("environment", environment.index);
      add_number("slot", action.slot);
      add_number("serial", action.serial);
      add_number("function", action.function);
      add_number("invocation", invocation.index);
      text += fmt::format(" {}", word(action.why()));
      break;
    case prepare:
      add_number("invocation", invocation.index);
      add_number("environment", environment.index);
      add_number("slot", action.slot);
      break;
    case deliver:
      add_number("invocation", invocation.index);
      add_number("environment", environment.index);
      text += fmt::format(" deadline={}", action.deadline.time_since_epoch().count());
      break;
    case kill:
    case stop:
      add_number("environment", environment.index);
      break;
    case answer:
      add_number("invocation", invocation.index);
      text += fmt::format(" {} {}", word(action.verdict()), word(action.reason));
      break;
  }
  return text;
}

// The members that its kind uses.
bool Comparison::same(const core::Action& ours, const core::Action& naive) const {
  using enum core::ActionKind;
  if (ours.kind != naive.kind) return false;
  const bool same_invocation =
      translate(invocations_, ours.invocation).index == naive.invocation.index;
  const bool same_environment =
      translate(environments_, ours.environment).index == naive.environment.index;
  switch (ours.kind) {
    case start:
      return same_invocation && same_environment && ours.why() == naive.why() &&
             ours.slot == naive.slot && ours.function == naive.function &&
             ours.serial == naive.serial;
    case choose:
      return same_invocation && ours.function == naive.function;
    case prepare:
      return same_invocation && same_environment && ours.slot == naive.slot;
    case deliver:
      return same_invocation && same_environment && ours.deadline == naive.deadline;
    case kill:
    case stop:
      return same_environment;
    case answer:
      return same_invocation && ours.verdict() == naive.verdict() && ours.reason == naive.reason;
  }
  return false;
}

void Comparison::compare_actions(const sim::Step& step, std::span<const core::Action> naive) {
  const std::size_t both = std::min(step.actions.size(), naive.size());
  bool all_same = step.actions.size() == naive.size();
  for (std::size_t i = 0; i < both; ++i) {
    const bool both_start =
        step.actions[i].kind == core::ActionKind::start && naive[i].kind == core::ActionKind::start;
    if (both_start) pair_up(environments_, step.actions[i].environment, naive[i].environment);
    all_same = all_same && same(step.actions[i], naive[i]);
  }
  if (all_same) return;
  difference_ = "core:";
  for (const core::Action& action : step.actions) difference_ += "\n  " + written(action, true);
  difference_ += "\nnaive:";
  for (const core::Action& action : naive) difference_ += "\n  " + written(action, false);
}

void Comparison::compare_views() {
  if (!difference_.empty()) return;
  const auto expect = [&](const char* what, std::uint64_t ours, std::uint64_t naive) {
    if (ours == naive || !difference_.empty()) return;
    difference_ = fmt::format("{}: core {}, naive {}", what, ours, naive);
  };
  const std::optional<TimePoint> bound = scheduler_.next_deadline();
  const std::optional<TimePoint> exact = naive_.next_deadline();
  expect("a deadline that is pending is announced", bound.has_value() || !exact, true);
  if (bound && exact) expect("not later than it is", *bound <= *exact, true);
  expect("environments", scheduler_.environment_count(), naive_.environment_count());
  for (const FunctionId function : functions_) {
    expect("slots", scheduler_.slot_count(function), naive_.slot_count(function));
    expect("waiting", scheduler_.waiting_count(function), naive_.waiting_count(function));
    if (!difference_.empty()) return;
    for (Slot slot = 0; slot < naive_.slot_count(function); ++slot) {
      const core::SlotView ours = scheduler_.slot(function, slot);
      const core::SlotView naive = naive_.slot(function, slot);
      expect("state of a slot", static_cast<std::uint64_t>(ours.state),
             static_cast<std::uint64_t>(naive.state));
      expect("stale", ours.stale, naive.stale);
      expect("serial of a slot", ours.serial, naive.serial);
      expect("given to a slot", ours.given, naive.given);
      expect("last use of a slot",
             static_cast<std::uint64_t>(ours.last_used.time_since_epoch().count()),
             static_cast<std::uint64_t>(naive.last_used.time_since_epoch().count()));
      const EnvironmentId translated = translate(environments_, ours.environment);
      expect("environment of a slot", translated.index, naive.environment.index);
    }
  }
}

}  // namespace smyth::test
