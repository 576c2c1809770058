#include "sim/simulation.h"

#include "sim/checkers.h"
#include "sim/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Picks the settings of functions, their processes and their traffic at random.
class Shapes {
 public:
  explicit Shapes(std::uint64_t seed) : prng_(seed, 1'000'000) {}

  std::vector<SimulatedFunction> functions() {
    std::vector<SimulatedFunction> all(1 + prng_.below(4));
    for (SimulatedFunction& function : all) {
      function.spec = spec();
      function.behaviour = behaviour(function.spec);
      function.arrivals = arrivals(function);
      if (prng_.below(2) == 0) function.code_changes = Length::exponential(seconds(20));
    }
    return all;
  }

 private:
  core::FunctionSpec spec() {
    core::FunctionSpec spec;
    spec.concurrency = static_cast<std::uint32_t>(1 + prng_.below(prng_.below(4) == 0 ? 40 : 5));
    spec.queue_limit = static_cast<std::uint32_t>(prng_.below(20));
    spec.event_queue_limit = static_cast<std::uint32_t>(prng_.below(20));
    if (prng_.below(4) == 0) spec.provisioned = static_cast<std::uint32_t>(prng_.below(4));
    if (prng_.below(6) == 0) spec.reserved = static_cast<std::uint32_t>(1 + prng_.below(5));
    spec.strategy = static_cast<core::Strategy>(prng_.below(7));
    if (prng_.below(3) == 0) spec.overflow = core::Overflow::throttle;
    spec.prepares = prng_.below(4) == 0;
    spec.timeout = one_of({1'000, 3'000, 6'000});
    spec.queue_wait = one_of({500, 3'000, 6'000});
    spec.init_timeout = one_of({1'000, 10'000});
    spec.idle_max = one_of({0, 2'000, 60'000});
    spec.life_max = one_of({0, 10'000, 600'000});
    spec.next_wait = one_of({0, 5, 20});
    return spec;
  }

  Behaviour behaviour(const core::FunctionSpec& spec) {
    Behaviour behaviour;
    behaviour.init = length({0, 100, 1'000});
    behaviour.run = length({0, 20, 500});
    behaviour.prepare = length({1, 20});
    behaviour.choice = length({0, 5});
    behaviour.linger = length({1, 50});
    behaviour.slots = spec.concurrency;
    if (prng_.below(4) != 0) behaviour.faults = faults();
    return behaviour;
  }

  Faults faults() {
    const auto some = [&](std::uint64_t most) {
      return static_cast<std::uint32_t>(prng_.below(most));
    };
    return {.init_reports = some(100'000),
            .init_exits = some(100'000),
            .init_hangs = some(50'000),
            .spawn_fails = some(20'000),
            .function_error = some(100'000),
            .crash = some(50'000),
            .hang = some(50'000),
            .idle_exit = some(50'000),
            .hook_fails = some(50'000),
            .bad_choice = some(50'000),
            .answers_early = some(300'000),
            .pause = some(20'000)};
  }

  // From idling to ten times more than the function can do.
  Arrivals arrivals(const SimulatedFunction& function) {
    Arrivals arrivals;
    const Duration busy = function.behaviour.run.mean + milliseconds(5);
    const auto load = static_cast<std::int64_t>(1 + prng_.below(100));
    arrivals.burst = static_cast<std::uint32_t>(prng_.below(3) == 0 ? 1 + prng_.below(50) : 1);
    const Duration gap =
        busy * 10 * arrivals.burst / static_cast<std::int64_t>(function.spec.concurrency) / load;
    arrivals.gap = prng_.below(4) == 0 ? Length::fixed(gap) : Length::exponential(gap);
    arrivals.events = static_cast<std::uint32_t>(prng_.below(300'000));
    arrivals.abandon = static_cast<std::uint32_t>(prng_.below(100'000));
    arrivals.patience = Length::exponential(milliseconds(500));
    return arrivals;
  }

  Duration one_of(std::initializer_list<int> lengths) {
    return milliseconds(lengths.begin()[prng_.below(lengths.size())]);
  }

  Length length(std::initializer_list<int> means) {
    const auto law = static_cast<Length::Law>(prng_.below(3));
    return {law, one_of(means) + (law == Length::Law::fixed ? Duration{0} : Duration{1})};
  }

  Prng prng_;
};

struct Ran {
  std::string violation;
  std::uint64_t steps = 0;
  std::uint64_t hash = 0;
};

Ran run(std::uint64_t seed, std::uint64_t steps) {
  Simulation simulation(seed, Shapes(seed).functions());
  Checkers checkers(simulation.scheduler());
  simulation.watch(checkers);
  simulation.run_steps(steps);
  simulation.drain();
  if (checkers.violation().empty()) checkers.finish();
  simulation.shut_down(seconds(1));
  if (checkers.violation().empty()) checkers.finish();
  return {checkers.violation(), simulation.driver().steps(),
          simulation.scheduler().decision_hash()};
}

// SMYTH_SEED replays one run; SMYTH_STEPS makes the whole shorter or longer.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}
std::uint64_t seed_or(std::uint64_t otherwise) { return from_environment("SMYTH_SEED", otherwise); }

TEST(Simulation, HoldsWhatMustAlwaysHoldUnderRandomTrafficAndFaults) {
#if __has_feature(address_sanitizer)
  constexpr std::uint64_t steps_by_default = 1'000'000;
#else
  constexpr std::uint64_t steps_by_default = 12'000'000;
#endif
  const std::uint64_t steps_wanted = from_environment("SMYTH_STEPS", steps_by_default);
  const std::uint64_t first = seed_or(1);
  std::uint64_t steps = 0;
  std::uint64_t seed = first;
  do {
    const Ran ran = run(seed, 40'000);
    ASSERT_EQ(ran.violation, "") << "replay: SMYTH_SEED=" << seed
                                 << " build/src/sim_test --gtest_filter='Simulation.Holds*'";
    steps += ran.steps;
    ++seed;
  } while (steps < steps_wanted && std::getenv("SMYTH_SEED") == nullptr);
  std::printf("%llu steps, seeds %llu to %llu\n", static_cast<unsigned long long>(steps),
              static_cast<unsigned long long>(first), static_cast<unsigned long long>(seed - 1));
}

TEST(Simulation, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Ran first = run(seed_or(5), 5'000);
  const Ran again = run(seed_or(5), 5'000);
  const Ran other = run(seed_or(5) + 1, 5'000);
  EXPECT_EQ(first.hash, again.hash);
  EXPECT_EQ(first.steps, again.steps);
  EXPECT_NE(first.hash, other.hash);
}

// docs/reference/simulation.md: a burst of n at once, with no environment yet.
TEST(Simulation, StartsAnEnvironmentForEachOfABurstUpToTheConcurrency) {
  SimulatedFunction function;
  function.spec.concurrency = 30;
  function.spec.overflow = core::Overflow::throttle;
  function.behaviour.init = Length::fixed(milliseconds(200));
  function.behaviour.run = Length::fixed(milliseconds(50));
  function.arrivals.burst = 50;
  Simulation simulation(1, {function});
  Summary summary;
  simulation.watch(summary);
  simulation.run_for(milliseconds(1'500));
  EXPECT_EQ(summary.arrivals, 50u);
  EXPECT_EQ(summary.cold_starts, 30u);
  EXPECT_EQ(summary.answered(core::Verdict::success), 30u);
  EXPECT_EQ(summary.answered(core::Verdict::throttled), 20u);
}

// docs/reference/simulation.md: offered = done + errors + throttled.
TEST(Simulation, AccountsForEveryArrival) {
  SimulatedFunction function;
  function.spec.concurrency = 4;
  function.spec.queue_limit = 10;
  function.spec.timeout = seconds(1);
  function.behaviour.init = Length::uniform(milliseconds(200));
  function.behaviour.run = Length::exponential(milliseconds(100));
  function.behaviour.faults = {.function_error = 100'000, .crash = 50'000, .hang = 10'000};
  function.arrivals.gap = Length::exponential(milliseconds(25));
  Simulation simulation(3, {function});
  Summary summary;
  simulation.watch(summary);
  simulation.run_for(std::chrono::hours(1));
  simulation.drain();
  std::uint64_t answers = 0;
  for (std::uint64_t count : summary.answers) answers += count;
  EXPECT_EQ(answers, summary.arrivals);
  EXPECT_GT(summary.answered(core::Verdict::function_error), 5'000u);
  EXPECT_GT(summary.answered(core::Verdict::crash), 3'000u);
  EXPECT_GT(summary.answered(core::Verdict::timeout), 500u);
  EXPECT_GT(summary.answered(core::Verdict::throttled), 100u);
}

}  // namespace
}  // namespace smyth::sim
