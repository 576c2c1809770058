#include "core/scheduler.h"
#include "sim/checkers.h"
#include "sim/driver.h"
#include "test/support/comparison.h"
#include "test/support/scenario.h"
#include "test/support/scenario_driver.h"
#include "test/support/transcript.h"
#include "test/support/words.h"

#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <memory>
#include <set>

namespace smyth::test {
namespace {

// A mistake in the script; caught where the run begins.
struct Mistake {
  std::string message;
};

using Options = std::map<std::string, std::string>;

Duration duration(const std::string& text) {
  const std::optional<Duration> parsed = parse_duration(text);
  if (!parsed) throw Mistake{fmt::format("no length: `{}`", text)};
  return *parsed;
}

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Mistake{fmt::format("no number: `{}`", text)};
  }
  return value;
}

template <class Enum>
Enum one_of(const std::string& text, std::initializer_list<std::pair<std::string_view, Enum>> all) {
  for (const auto& [name, value] : all) {
    if (name == text) return value;
  }
  throw Mistake{fmt::format("unknown word: `{}`", text)};
}

// How the processes of a function behave in a script.
struct ScriptedProcesses {
  std::optional<Duration> init;
  std::optional<Duration> runs;
  std::optional<Duration> prepare;
  Duration answers{0};
  std::string init_ends = "ready";
  std::string ends = "success";

  bool set(const std::string& key, const std::string& value) {
    if (key == "init") return init = duration(value), true;
    if (key == "runs") return runs = duration(value), true;
    if (key == "prepare") return prepare = duration(value), true;
    if (key == "answers") return answers = duration(value), true;
    if (key == "init_ends") return init_ends = value, true;
    if (key == "ends") return ends = value, true;
    return false;
  }
};

bool set_length(core::FunctionSpec& spec, const std::string& key, const std::string& value) {
  Duration* length = key == "timeout"             ? &spec.timeout
                     : key == "queue_wait"        ? &spec.queue_wait
                     : key == "init_timeout"      ? &spec.init_timeout
                     : key == "idle_max"          ? &spec.idle_max
                     : key == "life_max"          ? &spec.life_max
                     : key == "function_idle_max" ? &spec.function_idle_max
                     : key == "next_wait"         ? &spec.next_wait
                                                  : nullptr;
  if (length == nullptr) return false;
  *length = duration(value);
  return true;
}

bool set_number(core::FunctionSpec& spec, const std::string& key, const std::string& value) {
  std::uint32_t* member = key == "concurrency"         ? &spec.concurrency
                          : key == "queue_limit"       ? &spec.queue_limit
                          : key == "event_queue_limit" ? &spec.event_queue_limit
                          : key == "provisioned"       ? &spec.provisioned
                          : key == "reserved"          ? &spec.reserved
                                                       : nullptr;
  if (member == nullptr) return false;
  *member = number(value);
  return true;
}

bool set(core::FunctionSpec& spec, const std::string& key, const std::string& value) {
  if (set_number(spec, key, value) || set_length(spec, key, value)) return true;
  if (key == "strategy") {
    spec.strategy =
        one_of<core::Strategy>(value, {{"first_warm", core::Strategy::first_warm},
                                       {"round_robin", core::Strategy::round_robin},
                                       {"least_recently_used", core::Strategy::least_recently_used},
                                       {"newest", core::Strategy::newest},
                                       {"oldest", core::Strategy::oldest},
                                       {"random", core::Strategy::random},
                                       {"user", core::Strategy::user}});
  } else if (key == "overflow") {
    spec.overflow = one_of<core::Overflow>(
        value, {{"queue", core::Overflow::queue}, {"throttle", core::Overflow::throttle}});
  } else if (key == "prepares") {
    spec.prepares = one_of<bool>(value, {{"yes", true}, {"no", false}});
  } else {
    return false;
  }
  return true;
}

core::InitFailure init_failure(const std::string& text) {
  return one_of<core::InitFailure>(text, {{"reported", core::InitFailure::reported},
                                          {"exited", core::InitFailure::exited},
                                          {"spawn", core::InitFailure::spawn}});
}

class SimScenarioDriver final : public ScenarioDriver {
 public:
  explicit SimScenarioDriver(sim::ProcessModel& processes) : driver_(scheduler_, processes) {}

  const core::Scheduler& scheduler() const override { return scheduler_; }
  TimePoint now() const override { return driver_.now(); }
  void watch(sim::Observer& observer) override { driver_.watch(observer); }
  void run_before(TimePoint at, sim::Rank rank) override { driver_.run_before(at, rank); }
  void run_until(TimePoint end) override { driver_.run_until(end); }
  void submit(const core::Input& input, TimePoint at) override { driver_.submit(input, at); }
  std::string violation() const override { return {}; }

 private:
  core::Scheduler scheduler_;
  sim::Driver driver_;
};

// Runs one script: it is its process model, and it keeps the names.
class ScenarioRun final : public sim::ProcessModel, public sim::Observer {
 public:
  explicit ScenarioRun(const MakeScenarioDriver& make_driver)
      : driver_(make_driver(*this)),
        scheduler_(driver_->scheduler()),
        checkers_(scheduler_),
        comparison_(scheduler_) {
    driver_->watch(*this);
    driver_->watch(checkers_);
    driver_->watch(comparison_);
  }

  ScenarioOutcome run(const Scenario& scenario) {
    for (const Scenario::Line& line : scenario.lines) {
      try {
        obey(line);
      } catch (const Mistake& mistake) {
        throw Mistake{fmt::format("line {}: {}", line.number, mistake.message)};
      }
    }
    if (scenario.lines.back().words.front() != "end") driver_->run_until(TimePoint::max());
    const std::string own = driver_->violation();
    return {transcript_.text(), comparison_.difference(), own + checkers_.violation()};
  }

  void saw(const sim::Step& step) override {
    if (step.arrived) transcript_.name(step.arrived, arriving_);
    transcript_.add(step.now, step.actions);
  }

  std::optional<sim::Reaction> react(const core::Action& action, FunctionId function) override {
    const ScriptedProcesses& processes = processes_.at(function.index);
    switch (action.kind) {
      case core::ActionKind::start:
        return init(processes);
      case core::ActionKind::prepare:
        if (!processes.prepare) return std::nullopt;
        return sim::Reaction{.after = *processes.prepare, .kind = core::InputKind::prepared};
      case core::ActionKind::deliver:
        return run_of(action, processes);
      case core::ActionKind::choose:
      case core::ActionKind::kill:
      case core::ActionKind::stop:
      case core::ActionKind::answer:
        return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static std::optional<sim::Reaction> init(const ScriptedProcesses& processes) {
    if (!processes.init) return std::nullopt;
    sim::Reaction reaction{.after = *processes.init, .kind = core::InputKind::ready};
    if (processes.init_ends == "ready") return reaction;
    reaction.kind = core::InputKind::failed;
    reaction.detail = static_cast<std::uint8_t>(init_failure(processes.init_ends));
    return reaction;
  }

  std::optional<sim::Reaction> run_of(const core::Action& action, ScriptedProcesses processes) {
    delivered_[transcript_.name_of(action.invocation)] = {action.environment, action.invocation};
    for (const auto& [key, value] : run_options_[transcript_.name_of(action.invocation)]) {
      processes.set(key, value);
    }
    if (!processes.runs) return std::nullopt;
    sim::Reaction reaction{.after = *processes.runs, .kind = core::InputKind::completed};
    if (processes.ends == "crash") {
      reaction.kind = core::InputKind::exited;
    } else {
      reaction.detail = static_cast<std::uint8_t>(outcome(processes.ends));
    }
    if (processes.answers > Duration{0}) {
      reaction.kind = core::InputKind::answered;
      reaction.after -= processes.answers;
      reaction.linger = processes.answers;
    }
    return reaction;
  }

  static core::Outcome outcome(const std::string& text) {
    return one_of<core::Outcome>(
        text, {{"success", core::Outcome::success}, {"error", core::Outcome::function_error}});
  }

  void obey(const Scenario::Line& line) {
    const std::string& verb = line.words.front();
    const TimePoint at = line.at.value_or(driver_->now());
    if (verb == "function" || verb == "configure") return configure(line, at);
    if (verb == "account") return limit_account(line, at);
    if (verb == "invoke" || verb == "event") return invoke(line, at);
    if (verb == "show") return show(at);
    if (verb == "end") return driver_->run_until(at);
    // Ids are known only when everything before has happened.
    driver_->run_before(at, sim::Rank::completion);
    driver_->run_before(at, sim::rank_of(other(line, at).kind));
    driver_->submit(other(line, at), at);
  }

  core::Input other(const Scenario::Line& line, TimePoint at) {
    const std::string& verb = line.words.front();
    if (verb == "tick") return core::Input::tick();
    if (verb == "shutdown") return core::Input::shutdown(at + duration(word(line, 1)));
    if (verb == "remove") return core::Input::remove(function(word(line, 1)));
    if (verb == "change") return core::Input::code_changed(function(word(line, 1)));
    if (verb == "abandon") return core::Input::abandon(transcript_.invocation(word(line, 1)));
    if (verb == "prepared") return core::Input::prepared(transcript_.invocation(word(line, 1)));
    if (verb == "prepare_failed") {
      return core::Input::prepare_failed(transcript_.invocation(word(line, 1)));
    }
    if (verb == "choice_failed") {
      return core::Input::choice_failed(transcript_.invocation(word(line, 1)));
    }
    if (verb == "chosen") {
      return core::Input::chosen(transcript_.invocation(word(line, 1)), number(word(line, 2)));
    }
    if (verb == "answered" || verb == "completed") return end_of_run(line);
    return about_environment(line);
  }

  core::Input end_of_run(const Scenario::Line& line) {
    const auto found = delivered_.find(word(line, 1));
    if (found == delivered_.end()) throw Mistake{"was not delivered: " + word(line, 1)};
    const auto [environment, invocation] = found->second;
    const core::Outcome how = outcome(line.words.size() > 2 ? line.words[2] : "success");
    if (line.words.front() == "answered") {
      return core::Input::answered(environment, invocation, how);
    }
    return core::Input::completed(environment, invocation, how);
  }

  core::Input about_environment(const Scenario::Line& line) {
    const std::string& verb = line.words.front();
    const EnvironmentId id = transcript_.environment(word(line, 1));
    if (!id) throw Mistake{"no such environment: " + word(line, 1)};
    if (verb == "ready") return core::Input::ready(id);
    if (verb == "exited") return core::Input::exited(id);
    if (verb == "paused") return core::Input::paused(id);
    if (verb == "resumed") return core::Input::resumed(id);
    if (verb == "failed") return core::Input::failed(id, init_failure(word(line, 2)));
    throw Mistake{fmt::format("unknown verb: `{}`", verb)};
  }

  void configure(const Scenario::Line& line, TimePoint at) {
    const std::string& name = word(line, 1);
    if (line.words.front() == "function") {
      transcript_.function(name, scheduler_.next_function());
      last_function_ = name;
    }
    const FunctionId id = function(name);
    processes_.resize(std::max<std::size_t>(processes_.size(), id.index + 1));
    specs_.resize(processes_.size());
    bool of_spec = line.words.front() == "function";
    for (const auto& [key, value] : line.options) {
      if (processes_[id.index].set(key, value)) continue;
      if (!set(specs_[id.index], key, value)) throw Mistake{"unknown key: " + key};
      of_spec = true;
    }
    driver_->run_before(at, sim::Rank::arrival);
    if (of_spec) driver_->submit(core::Input::configure(id, specs_[id.index]), at);
  }

  void limit_account(const Scenario::Line& line, TimePoint at) {
    for (const auto& [key, value] : line.options) {
      if (key == "concurrency") {
        account_.concurrency = number(value);
      } else if (key == "scaling") {
        account_.scaling = number(value);
      } else if (key == "scaling_burst") {
        account_.scaling_burst = number(value);
      } else if (key == "request_rate") {
        account_.request_rate = number(value);
      } else {
        throw Mistake{"unknown key: " + key};
      }
    }
    driver_->run_before(at, sim::Rank::arrival);
    driver_->submit(core::Input::limit_account(account_), at);
  }

  void invoke(const Scenario::Line& line, TimePoint at) {
    Options options = line.options;
    const auto of = options.find("of");
    const FunctionId id = function(of == options.end() ? last_function_ : of->second);
    options.erase("of");
    const auto kind =
        line.words.front() == "event" ? core::Arrival::event : core::Arrival::request_response;
    driver_->run_before(at, sim::Rank::arrival);
    for (std::size_t i = 1; i < line.words.size(); ++i) {
      arriving_ = line.words[i];
      run_options_[arriving_] = options;
      driver_->submit(core::Input::arrive(id, kind), at);
    }
  }

  void show(TimePoint at) {
    driver_->run_before(at, sim::Rank::arrival);
    transcript_.show(at, scheduler_);
  }

  FunctionId function(const std::string& name) const {
    const FunctionId id = transcript_.function(name);
    if (!id) throw Mistake{"no such function: " + name};
    return id;
  }

  static const std::string& word(const Scenario::Line& line, std::size_t index) {
    if (index >= line.words.size()) throw Mistake{"a word is missing"};
    return line.words[index];
  }

  std::unique_ptr<ScenarioDriver> driver_;
  const core::Scheduler& scheduler_;
  sim::Checkers checkers_;
  Comparison comparison_;
  Transcript transcript_;
  std::vector<ScriptedProcesses> processes_;  // By index of the function.
  std::deque<core::FunctionSpec> specs_;      // Likewise.
  std::map<std::string, Options> run_options_;
  std::map<std::string, std::pair<EnvironmentId, InvocationId>> delivered_;
  core::AccountSpec account_;
  std::string arriving_;
  std::string last_function_;
};

}  // namespace

std::unique_ptr<ScenarioDriver> sim_scenario_driver(sim::ProcessModel& processes) {
  return std::make_unique<SimScenarioDriver>(processes);
}

Result<ScenarioOutcome> run_scenario(const Scenario& scenario,
                                     const MakeScenarioDriver& make_driver) {
  try {
    ScenarioRun run(make_driver);
    return run.run(scenario);
  } catch (const Mistake& mistake) {
    return fail(mistake.message);
  }
}

}  // namespace smyth::test
