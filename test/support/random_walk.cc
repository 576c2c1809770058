#include "test/support/random_walk.h"

#include "test/support/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::test {
namespace {

using std::chrono::milliseconds;

std::string told(const core::Input& input, TimePoint now) {
  std::string text = fmt::format("{:>8} {}", written(now.time_since_epoch()), word(input.kind));
  if (input.function) text += fmt::format(" function={}", input.function.index);
  if (input.invocation) {
    text += fmt::format(" invocation={}.{}", input.invocation.index, input.invocation.generation);
  }
  using enum core::InputKind;
  const bool has_spec = input.kind == configure;
  const bool has_deadline = input.kind == shutdown;
  const bool has_account = input.kind == account;
  if (has_account) {
    text += fmt::format(" concurrency={} scaling={} scaling_burst={} request_rate={}",
                        input.account->concurrency, input.account->scaling,
                        input.account->scaling_burst, input.account->request_rate);
  }
  if (has_deadline) text += " deadline=" + written(input.deadline.time_since_epoch());
  if (!has_spec && !has_deadline && !has_account && input.environment) {
    text +=
        fmt::format(" environment={}.{}", input.environment.index, input.environment.generation);
  }
  if (has_spec) {
    const core::FunctionSpec& spec = *input.spec;
    text += fmt::format(
        " concurrency={} queue_limit={} event_queue_limit={} provisioned={} reserved={} "
        "strategy={} "
        "overflow={} "
        "prepares={} timeout={} queue_wait={} init_timeout={} idle_max={} function_idle_max={} "
        "life_max={} next_wait={}",
        spec.concurrency, spec.queue_limit, spec.event_queue_limit, spec.provisioned, spec.reserved,
        static_cast<int>(spec.strategy), static_cast<int>(spec.overflow), spec.prepares,
        written(spec.timeout), written(spec.queue_wait), written(spec.init_timeout),
        written(spec.idle_max), written(spec.function_idle_max), written(spec.life_max),
        written(spec.next_wait));
  }
  if (input.slot != no_slot) text += fmt::format(" slot={}", input.slot);
  if (input.detail != 0) text += fmt::format(" detail={}", input.detail);
  return text;
}

std::string told(const core::Action& action) {
  std::string text = fmt::format("{:>12}{}", "", word(action.kind));
  using enum core::ActionKind;
  if (action.environment) {
    text +=
        fmt::format(" environment={}.{}", action.environment.index, action.environment.generation);
  }
  if (action.invocation) {
    text += fmt::format(" invocation={}.{}", action.invocation.index, action.invocation.generation);
  }
  if (action.kind == start) {
    text += fmt::format(" slot={} #{} {}", action.slot, action.serial, word(action.why()));
  }
  if (action.kind == deliver && action.deadline != TimePoint::max()) {
    text += " until " + written(action.deadline.time_since_epoch());
  }
  if (action.kind == answer) {
    text += fmt::format(" {} {}", word(action.verdict()), word(action.reason));
  }
  return text;
}

}  // namespace

RandomWalk::RandomWalk(std::uint64_t seed)
    : prng_(seed),
      checkers_(scheduler_),
      comparison_(scheduler_),
      punctual_(prng_.below(4) != 0),
      reloads_(prng_.below(2) == 0),
      limits_(prng_.below(3) == 0) {}

Duration RandomWalk::one_of(std::initializer_list<int> lengths) {
  return milliseconds(lengths.begin()[prng_.below(lengths.size())]);
}

core::FunctionSpec RandomWalk::random_spec() {
  core::FunctionSpec spec;
  spec.concurrency = static_cast<std::uint32_t>(1 + prng_.below(4));
  spec.queue_limit = static_cast<std::uint32_t>(prng_.below(5));
  spec.event_queue_limit = static_cast<std::uint32_t>(prng_.below(4));
  if (prng_.below(4) == 0) spec.provisioned = static_cast<std::uint32_t>(prng_.below(4));
  if (limits_ && prng_.below(3) == 0) spec.reserved = static_cast<std::uint32_t>(prng_.below(4));
  spec.strategy = static_cast<core::Strategy>(prng_.below(7));
  if (prng_.below(4) == 0) spec.overflow = core::Overflow::throttle;
  spec.prepares = prng_.below(4) == 0;
  spec.timeout = one_of({0, 3, 5, 8});
  spec.queue_wait = one_of({0, 4, 5, 8, 20});
  spec.init_timeout = one_of({0, 4, 10});
  spec.idle_max = one_of({0, 0, 5, 12});
  spec.life_max = one_of({0, 0, 9, 25});
  spec.function_idle_max = one_of({0, 0, 6, 11});
  spec.next_wait = one_of({0, 0, 2, 5});
  return spec;
}

// Few, and so slow that buckets run dry.
core::AccountSpec RandomWalk::random_account() {
  const auto below = [&](std::uint64_t count) {
    return static_cast<std::uint32_t>(prng_.below(count));
  };
  const std::uint32_t concurrency = below(8);
  const std::uint32_t scaling = below(4);
  const std::uint32_t request_rate = below(3);
  const std::uint32_t scaling_burst = below(4) == 0 ? 1 + below(5) : 0;
  return {.concurrency = concurrency,
          .scaling = scaling,
          .scaling_burst = scaling_burst,
          .request_rate = request_rate};
}

std::string RandomWalk::run() {
  const std::uint64_t functions = 1 + prng_.below(2);
  specs_.resize(functions);
  for (std::uint64_t i = 0; i < functions; ++i) {
    functions_.push_back(scheduler_.next_function());
    specs_[i] = random_spec();
    submit(core::Input::configure(functions_.back(), specs_[i]));
  }
  if (limits_ && prng_.below(4) != 0) {
    account_ = random_account();
    submit(core::Input::limit_account(account_));
  }
  const std::uint64_t steps = 5 + prng_.below(40);
  for (std::uint64_t i = 0; i < steps && trouble().empty(); ++i) {
    const std::optional<core::Input> input = draw();
    if (!input) continue;
    pass_time(sim::rank_of(input->kind));
    submit(*input);
  }
  if (trouble().empty()) finish();
  return trouble();
}

// A shutdown, after whose deadline nothing may be left.
void RandomWalk::finish() {
  pass_time(sim::Rank::arrival);
  submit(core::Input::shutdown(now_ + one_of({0, 1, 5})));
  tick_up_to(now_ + milliseconds(10));
  now_ += milliseconds(10);
  submit(core::Input::tick());
  tick_up_to(TimePoint::max());  // It ends, though what is announced may be a bound.
  if (punctual_ && trouble().empty()) checkers_.finish();
}

std::string RandomWalk::trouble() const {
  return comparison_.difference().empty() ? checkers_.violation() : comparison_.difference();
}

void RandomWalk::tick_up_to(TimePoint end) {
  for (;;) {
    const std::optional<TimePoint> due = scheduler_.next_deadline();
    // A deadline may turn out to have passed, but a tick of this moment comes after its reports.
    if (!due || std::max(now_, *due) > end || !trouble().empty()) return;
    now_ = std::max(now_, *due);
    submit(core::Input::tick());
  }
}

void RandomWalk::pass_time(sim::Rank rank) {
  TimePoint at = now_ + (prng_.below(2) == 0 ? Duration{0} : one_of({1, 1, 1, 2, 3, 5}));
  const std::optional<TimePoint> due = scheduler_.next_deadline();
  // At the very moment of a deadline order matters most.
  if (due && *due > now_ && prng_.below(3) == 0) at = *due;
  if (at == now_ && rank < rank_) at += milliseconds(1);
  if (punctual_) {
    const bool before_timers = rank < sim::Rank::timer;
    tick_up_to(before_timers ? at - Duration{1} : at);
  }
  if (at > now_) rank_ = sim::Rank::completion;
  now_ = at;
}

void RandomWalk::submit(const core::Input& input) {
  InvocationId arrived;
  if (input.kind == core::InputKind::arrive) {
    arrived = scheduler_.next_invocation();
    arrived_.push_back(arrived);
  }
  rank_ = sim::rank_of(input.kind);
  note(input);
  const std::span<const core::Action> actions = scheduler_.handle(input, now_);
  if (logs_) {
    log_.push_back(told(input, now_));
    for (const core::Action& action : actions) log_.push_back(told(action));
  }
  const sim::Step step{input, now_, actions, arrived};
  comparison_.saw(step);
  // The checkers cannot tell what a late deadline decided from what the input did.
  if (punctual_) checkers_.saw(step);
  for (const core::Action& action : actions) carry_out(action);
}

void RandomWalk::note(const core::Input& input) {
  using enum core::InputKind;
  using State = Environment::State;
  if (input.kind == chosen || input.kind == choice_failed) {
    std::erase(choosing_, input.invocation);
    return;
  }
  if (input.kind == prepare_failed) {
    for (Environment& environment : environments_) {
      const bool prepares_it =
          environment.state == State::preparing && environment.invocation == input.invocation;
      if (prepares_it) environment.state = State::idle;
    }
    return;
  }
  if (sim::rank_of(input.kind) != sim::Rank::completion || input.kind == prepared) return;
  Environment* environment = find(input.environment);
  if (environment == nullptr) return;
  past_.push_back(input);
  if (input.kind == ready && environment->state == State::initialising) {
    environment->state = State::idle;
  }
  if (input.kind == answered) environment->state = State::answered;
  if (input.kind == completed) environment->state = State::idle;
  if (input.kind == exited || input.kind == failed) {
    std::erase_if(environments_,
                  [&](const Environment& other) { return other.id == input.environment; });
  }
}

void RandomWalk::carry_out(const core::Action& action) {
  using State = Environment::State;
  switch (action.kind) {
    case core::ActionKind::choose:
      choosing_.push_back(action.invocation);
      return;
    case core::ActionKind::start:
      environments_.push_back({.id = action.environment, .invocation = action.invocation});
      return;
    case core::ActionKind::prepare:
    case core::ActionKind::deliver: {
      Environment* environment = find(action.environment);
      if (environment == nullptr) return;
      environment->state =
          action.kind == core::ActionKind::prepare ? State::preparing : State::busy;
      environment->invocation = action.invocation;
      return;
    }
    case core::ActionKind::kill:
    case core::ActionKind::stop:
      std::erase_if(environments_,
                    [&](const Environment& other) { return other.id == action.environment; });
      return;
    case core::ActionKind::answer:
      std::erase(choosing_, action.invocation);
      return;
  }
}

std::optional<core::Input> RandomWalk::draw() {
  const std::uint64_t kind = prng_.below(100);
  if (kind < 32) {
    const auto arrival =
        prng_.below(4) == 0 ? core::Arrival::event : core::Arrival::request_response;
    return core::Input::arrive(random_function(), arrival);
  }
  if (kind < 78) return draw_report();
  if (kind < 86) return draw_hook();
  if (kind < 89) return draw_old();
  if (kind < 92) return core::Input::tick();
  if (kind < 95) {
    if (arrived_.empty()) return std::nullopt;
    return core::Input::abandon(arrived_[prng_.below(arrived_.size())]);
  }
  return draw_operator();
}

// What an environment says next.
std::optional<core::Input> RandomWalk::draw_report() {
  if (environments_.empty()) return std::nullopt;
  return report_of(environments_[prng_.below(environments_.size())]);
}

std::optional<core::Input> RandomWalk::report_of(const Environment& environment) {
  const std::uint64_t how = prng_.below(20);
  if (how == 0) return core::Input::exited(environment.id);
  if (how == 1) return core::Input::paused(environment.id);
  if (how == 2) return core::Input::resumed(environment.id);
  const auto outcome = static_cast<core::Outcome>(prng_.below(2));
  switch (environment.state) {
    case Environment::State::initialising:
      if (how < 7) {
        return core::Input::failed(environment.id, static_cast<core::InitFailure>(prng_.below(3)));
      }
      return core::Input::ready(environment.id);
    case Environment::State::busy:
      if (how < 6) return core::Input::answered(environment.id, environment.invocation, outcome);
      return core::Input::completed(environment.id, environment.invocation, outcome);
    case Environment::State::answered:
      return core::Input::completed(environment.id, environment.invocation, outcome);
    case Environment::State::preparing:
      if (how < 8) return core::Input::prepare_failed(environment.invocation);
      return core::Input::prepared(environment.invocation);
    case Environment::State::idle:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<core::Input> RandomWalk::draw_hook() {
  if (choosing_.empty()) return draw_report();
  const InvocationId id = choosing_[prng_.below(choosing_.size())];
  if (prng_.below(8) == 0) return core::Input::choice_failed(id);
  return core::Input::chosen(id, static_cast<Slot>(prng_.below(5)));
}

// Something that was true once, or about an invocation that may be answered.
std::optional<core::Input> RandomWalk::draw_old() {
  const std::uint64_t how = prng_.below(4);
  if (how == 0 && !arrived_.empty()) {
    return core::Input::prepared(arrived_[prng_.below(arrived_.size())]);
  }
  if (how == 1 && !arrived_.empty()) {
    return core::Input::chosen(arrived_[prng_.below(arrived_.size())], 0);
  }
  if (past_.empty()) return std::nullopt;
  return past_[prng_.below(past_.size())];
}

core::Input RandomWalk::draw_operator() {
  const std::uint64_t how = prng_.below(20);
  const FunctionId function = random_function();
  if (how == 0) return core::Input::remove(function);
  if (how == 1) return core::Input::shutdown(now_ + one_of({0, 3, 10}));
  if (limits_ && how == 2) {
    account_ = random_account();
    return core::Input::limit_account(account_);
  }
  if (how < 8 || !reloads_) {
    specs_[function.index] = random_spec();
    return core::Input::configure(function, specs_[function.index]);
  }
  return core::Input::code_changed(function);
}

RandomWalk::Environment* RandomWalk::find(EnvironmentId id) {
  for (Environment& environment : environments_) {
    if (environment.id == id) return &environment;
  }
  return nullptr;
}

FunctionId RandomWalk::random_function() { return functions_[prng_.below(functions_.size())]; }

std::string explain(std::uint64_t seed) {
  RandomWalk walk(seed);
  walk.logs_ = true;
  const std::string trouble = walk.run();
  std::string text;
  for (const std::string& line : walk.log_) text += line + "\n";
  return text + trouble;
}

}  // namespace smyth::test
