#pragma once

#include "core/scheduler.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace smyth::core {

// A scheduler with one function (more by add()), for tests: time goes on by whole milliseconds,
// invocations are a, b, c … in the order of arrival, environments are SLOT#SERIAL as in the log,
// and decisions are lines such as `start 0#1 cold a`.
class Play {
 public:
  using Lines = std::vector<std::string>;

  explicit Play(FunctionSpec spec = {}) { configure(spec); }

  FunctionId add(const FunctionSpec& spec) {
    function = scheduler.next_function();
    step(Input::configure(function, spec));
    return function;
  }
  Lines configure(const FunctionSpec& spec) { return step(Input::configure(function, spec)); }
  Lines limit_account(const AccountSpec& account) { return step(Input::limit_account(account)); }
  Lines remove() { return step(Input::remove(function)); }
  Lines arrive(Arrival kind = Arrival::request_response) {
    const InvocationId id = scheduler.next_invocation();
    const std::string name = invocations.size() < 26
                                 ? std::string(1, static_cast<char>('a' + invocations.size()))
                                 : fmt::format("i{}", invocations.size());
    names[{id.index, id.generation}] = name;
    invocations[name] = id;
    return step(Input::arrive(function, kind));
  }
  Lines event() { return arrive(Arrival::event); }
  Lines abandon(const std::string& name) { return step(Input::abandon(invocations.at(name))); }
  Lines chosen(const std::string& name, Slot slot) {
    return step(Input::chosen(invocations.at(name), slot));
  }
  Lines choice_failed(const std::string& name) {
    return step(Input::choice_failed(invocations.at(name)));
  }
  Lines ready(const std::string& name) { return step(Input::ready(environments.at(name))); }
  Lines failed(const std::string& name, InitFailure how = InitFailure::reported) {
    return step(Input::failed(environments.at(name), how));
  }
  Lines prepared(const std::string& name) { return step(Input::prepared(invocations.at(name))); }
  Lines prepare_failed(const std::string& name) {
    return step(Input::prepare_failed(invocations.at(name)));
  }
  Lines answered(const std::string& at, const std::string& name,
                 Outcome outcome = Outcome::success) {
    return step(Input::answered(environments.at(at), invocations.at(name), outcome));
  }
  Lines completed(const std::string& at, const std::string& name,
                  Outcome outcome = Outcome::success) {
    return step(Input::completed(environments.at(at), invocations.at(name), outcome));
  }
  Lines exited(const std::string& name) { return step(Input::exited(environments.at(name))); }
  Lines paused(const std::string& name) { return step(Input::paused(environments.at(name))); }
  Lines resumed(const std::string& name) { return step(Input::resumed(environments.at(name))); }
  Lines code_changed() { return step(Input::code_changed(function)); }
  Lines shutdown(Duration grace) { return step(Input::shutdown(now + grace)); }
  Lines tick() { return step(Input::tick()); }

  // One more invocation that starts an environment, or finds one, and ends at once.
  void warm(const std::string& at) {
    arrive();
    const std::string name = last();
    if (state(at) == SlotView::State::initialising) ready(at);
    completed(at, name);
  }

  // Lets the time go on, up to and with the deadlines of that moment.
  Lines pass(Duration length) {
    now += length;
    return tick();
  }

  Lines step(const Input& input) {
    Lines lines;
    for (const Action& action : scheduler.handle(input, now)) lines.push_back(text(action));
    return lines;
  }

  // The name of the latest invocation.
  std::string last() const {
    const auto index = invocations.size() - 1;
    return index < 26 ? std::string(1, static_cast<char>('a' + index)) : fmt::format("i{}", index);
  }
  SlotView slot(Slot slot) const { return scheduler.slot(function, slot); }
  SlotView::State state(const std::string& environment) const {
    return slot(static_cast<Slot>(std::stoul(environment))).state;
  }

  Scheduler scheduler;
  TimePoint now{};
  FunctionId function{0, 0};
  std::map<std::string, InvocationId> invocations;
  std::map<std::string, EnvironmentId> environments;

 private:
  using Key = std::pair<std::uint32_t, std::uint32_t>;

  std::string name_of(InvocationId id) const { return names.at({id.index, id.generation}); }
  std::string name_of(EnvironmentId id) const { return places.at({id.index, id.generation}); }

  std::string text(const Action& action) {
    switch (action.kind) {
      case ActionKind::choose:
        return "choose " + name_of(action.invocation);
      case ActionKind::start: {
        constexpr const char* why[] = {"cold", "reset", "init_again", "candidate", "provisioned"};
        const std::string name = fmt::format("{}#{}", action.slot, action.serial);
        environments[name] = action.environment;
        places[{action.environment.index, action.environment.generation}] = name;
        const std::string bound = action.invocation ? " " + name_of(action.invocation) : "";
        return fmt::format("start {} {}{}", name, why[action.detail], bound);
      }
      case ActionKind::prepare:
        return fmt::format("prepare {} {}", name_of(action.invocation),
                           name_of(action.environment));
      case ActionKind::deliver:
        return fmt::format("deliver {} {}{}", name_of(action.invocation),
                           name_of(action.environment), limit(action.deadline));
      case ActionKind::kill:
        return "kill " + name_of(action.environment);
      case ActionKind::stop:
        return "stop " + name_of(action.environment);
      case ActionKind::answer: {
        constexpr const char* verdict[] = {
            "success",      "function_error", "timeout",   "crash",     "init_error", "init_crash",
            "spawn_failed", "hook_failed",    "throttled", "abandoned", "shutdown"};
        constexpr const char* reason[] = {"",
                                          " slots",
                                          " queue_full",
                                          " queue_wait",
                                          " reserved_concurrency",
                                          " account_concurrency",
                                          " reserved_scaling",
                                          " account_scaling",
                                          " reserved_rate",
                                          " account_rate"};
        return fmt::format("answer {} {}{}", name_of(action.invocation), verdict[action.detail],
                           reason[static_cast<int>(action.reason)]);
      }
    }
    return {};
  }

  // " <6000" for a deadline in 6,000 ms from the start of the test.
  static std::string limit(TimePoint at) {
    if (at == TimePoint::max()) return "";
    return fmt::format(
        " <{}",
        std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count());
  }

  std::map<Key, std::string> names;
  std::map<Key, std::string> places;
};

}  // namespace smyth::core
