#include "simulate/explanation.h"

#include "simulate/json_writer.h"
#include "simulate/reasons.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace smyth::simulate {
namespace {

using State = LiveEnvironment::State;

std::string moment(TimePoint at) {
  return fmt::format("{:.3f} s", static_cast<double>(at.time_since_epoch().count()) / 1e9);
}

std::string plural(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace

void Explanation::added(const Function& function) {
  functions_.push_back({.name = function.name, .spec = function.model.spec});
}

void Explanation::arrived(std::uint64_t number, std::uint32_t function, TimePoint at) {
  arrived_ = number;
  if (number != call_) return;
  Known& known = functions_[function];
  while (!known.starts.empty() && known.starts.front() <= at - core::scaling_period) {
    known.starts.pop_front();
  }
  has_arrived_ = true;
  scene_ = {.at = at,
            .function = function,
            .dead = {known.dead.begin(), known.dead.end()},
            .busy_of_all = environments_.busy(),
            .starts = known.starts.size()};
  for (const LiveEnvironment& one : environments_.places()) {
    if (one.state != State::none && one.function == function) {
      scene_.environments.push_back(one);
    }
  }
  std::ranges::sort(scene_.environments, {}, &LiveEnvironment::serial);
}

void Explanation::answered(const sim::CallRecord& call) {
  environments_.answer(call);
  if (call.environment > 0) functions_[call.function].last_answer = call.answered;
  if (call.number == call_) record_ = call;
}

void Explanation::started(const sim::EnvironmentRecord& environment) {
  environments_.start(environment);
  std::deque<TimePoint>& starts = functions_[environment.function].starts;
  starts.push_back(environment.at);
  while (starts.front() <= environment.at - core::scaling_period) starts.pop_front();
  if (environment.call != call_ || call_ == 0) return;
  given_ = environment;
  is_cold_ = true;
}

void Explanation::ready(const sim::EnvironmentRecord& environment) {
  environments_.ready(environment);
}

void Explanation::delivered(const sim::EnvironmentRecord& environment) {
  environments_.deliver(environment);
  if (environment.call == call_ && !given_) given_ = environment;
}

// The rule is the one whose time it is: the scheduler keeps the times, here they are only named.
std::string Explanation::rule_of(const LiveEnvironment& environment, TimePoint at) const {
  const Known& known = functions_[environment.function];
  const core::FunctionSpec& spec = known.spec;
  if (environment.state != State::idle) return "killed: a timeout, a crash or a failed init";
  const auto is_due = [at](TimePoint since, Duration limit) {
    return limit > Duration{0} && at == since + limit;
  };
  if (is_due(environment.since, spec.idle_max)) {
    return fmt::format("surplus_idle: idle for {}", length_text(spec.idle_max));
  }
  if (is_due(known.last_answer, spec.function_idle_max)) {
    return fmt::format("function_idle: the function did nothing for {}",
                       length_text(spec.function_idle_max));
  }
  if (spec.life_max > Duration{0} && at >= environment.started + spec.life_max) {
    return fmt::format("max_life: {} old", length_text(spec.life_max));
  }
  return "not wanted any more";
}

void Explanation::ended(const sim::EnvironmentRecord& environment) {
  const LiveEnvironment& one = environments_.at(environment.place);
  std::deque<Dead>& dead = functions_[environment.function].dead;
  dead.push_back({one, environment.at, rule_of(one, environment.at)});
  if (dead.size() > dead_max) dead.pop_front();
  environments_.end(environment);
}

std::string Explanation::outcome_text() const {
  const std::string& name = functions_[scene_.function].name;
  std::string text = fmt::format("call {} of {} at {}: ", call_, name, moment(scene_.at));
  if (record_ && record_->verdict == core::Verdict::throttled) {
    return text +
           fmt::format("throttled, {} ({})\n", words_of(record_->reason), name_of(record_->reason));
  }
  if (!given_) return text + "still waiting when the simulation ended\n";
  if (given_->at > scene_.at) {
    text += fmt::format("waited {}, then ", length_text(given_->at - scene_.at));
  }
  text += fmt::format("{} in environment #{}", is_cold_ ? "cold" : "warm", given_->environment);
  if (record_ && record_->verdict != core::Verdict::success) {
    text += fmt::format(", {}", word_of(record_->verdict));
  }
  return text + '\n';
}

std::string Explanation::limit_text() const {
  const core::FunctionSpec& spec = functions_[scene_.function].spec;
  const core::AccountSpec account = account_.value_or(core::AccountSpec{});
  switch (record_ ? record_->reason : core::Reason::none) {
    case core::Reason::none:
      return {};
    case core::Reason::slots:
    case core::Reason::queue_full:
    case core::Reason::queue_wait:
      return fmt::format("limit: {} environments, {} may wait\n", spec.concurrency,
                         spec.queue_limit);
    case core::Reason::reserved_concurrency:
      return fmt::format("limit: reserved concurrency {}\n", spec.reserved);
    case core::Reason::account_concurrency:
      return fmt::format("limit: account concurrency {}; all functions had {} busy\n",
                         account.concurrency, scene_.busy_of_all);
    case core::Reason::reserved_scaling:
    case core::Reason::account_scaling:
      return fmt::format("limit: {} new environments in 10 s; {} were started in the last 10 s\n",
                         account.scaling, scene_.starts);
    case core::Reason::reserved_rate:
    case core::Reason::account_rate:
      return fmt::format("limit: {} requests a second for each of the concurrency\n",
                         account.request_rate);
  }
  return {};
}

std::string Explanation::environments_text() const {
  std::size_t initialising = 0;
  std::size_t busy = 0;
  std::size_t idle = 0;
  for (const LiveEnvironment& one : scene_.environments) {
    initialising += one.state == State::initialising ? 1 : 0;
    busy += one.state == State::busy ? 1 : 0;
    idle += one.state == State::idle ? 1 : 0;
  }
  std::string text =
      fmt::format("it found {}: {} busy, {} initialising, {} idle\n",
                  plural(scene_.environments.size(), "environment"), busy, initialising, idle);
  for (std::size_t i = 0; i < std::min(listed_max, scene_.environments.size()); ++i) {
    const LiveEnvironment& one = scene_.environments[i];
    const std::string state =
        one.state == State::idle                            ? "idle"
        : one.state == State::initialising && one.call == 0 ? "initialising, provisioned"
        : one.state == State::initialising ? fmt::format("initialising for call {}", one.call)
                                           : fmt::format("busy with call {}", one.call);
    fmt::format_to(std::back_inserter(text), "  #{:<6} {} since {}; started at {}, {}\n",
                   one.serial, state, moment(one.since), moment(one.started),
                   plural(one.calls, "call"));
  }
  if (scene_.environments.size() > listed_max) {
    text += fmt::format("  and {} more\n", scene_.environments.size() - listed_max);
  }
  return text;
}

std::string Explanation::dead_text() const {
  std::string text;
  if (!scene_.dead.empty()) text = "ended before, the last ones:\n";
  for (const Dead& dead : scene_.dead) {
    fmt::format_to(std::back_inserter(text), "  #{:<6} at {}, {}; last used at {}, {}\n",
                   dead.environment.serial, moment(dead.at), dead.rule,
                   moment(dead.environment.since), plural(dead.environment.calls, "call"));
  }
  return text;
}

std::string Explanation::text() const {
  if (!has_arrived_) return {};
  return outcome_text() + limit_text() + environments_text() + dead_text();
}

}  // namespace smyth::simulate
