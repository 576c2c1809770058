#include "sim/call_driver.h"

#include "sim/generated_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Duration since_start) { return TimePoint(since_start); }

// A function without limits but the slots', which are none either.
CallFunction function_with(Law duration, Law init = Law::constant(Duration{0})) {
  return {.spec = {.overflow = core::Overflow::throttle,
                   .timeout = Duration{0},
                   .queue_wait = Duration{0},
                   .init_timeout = Duration{0}},
          .duration = std::move(duration),
          .init = std::move(init),
          .without_slot_limit = true};
}

// The scheduler with one function and what became of its calls.
struct Played {
  explicit Played(const CallFunction& function, core::AccountSpec account = {}) {
    if (account.concurrency > 0) {
      static_cast<void>(scheduler.handle(core::Input::limit_account(account), TimePoint{}));
    }
    driver.add_function(function);
  }

  void play(ArrivalProcess arrivals, Duration length) {
    GeneratedCalls calls({{0, std::move(arrivals)}}, {"f"}, at(length), 1);
    for (;;) {
      const auto batch = calls.next_batch();
      if (batch->empty()) break;
      driver.play(*batch);
    }
  }

  Sums sums() { return tally.sums_until(driver.now()); }

  core::Scheduler scheduler;
  Tally tally;
  CallDriver driver{scheduler, tally, 1};
};

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

PoissonArrivals poisson(double per_second) { return {{{TimePoint{}, per_second}}}; }

TEST(CallDriver, ACallIsColdThenWarm) {
  Played run(function_with(Law::constant(milliseconds(80)), Law::constant(milliseconds(450))));
  run.play(ConstantArrivals{1}, seconds(2));
  run.driver.run_until(at(seconds(10)));
  const Sums sums = run.sums();
  EXPECT_EQ(sums.served, 2U);
  EXPECT_EQ(sums.cold, 1U);
  EXPECT_EQ(sums.billed_ms, 530U + 80U);
  EXPECT_EQ(sums.elapsed, 10'000'000'000U);
  EXPECT_EQ(sums.busy, 610'000'000U);
  EXPECT_EQ(sums.alive, 9'000'000'000U);
  EXPECT_EQ(run.tally.function(0).cold.percentile(0.5), milliseconds(530));
  EXPECT_EQ(run.tally.function(0).warm.percentile(0.5), milliseconds(80));
}

// The environment is gone when it expires, not when the next call finds out.
TEST(CallDriver, AnEnvironmentExpiresAtItsTime) {
  CallFunction function = function_with(Law::constant(seconds(1)));
  function.spec.idle_max = seconds(10);
  Played run(function);
  run.play(BurstArrivals{at(seconds(0)), 3}, seconds(0));
  run.driver.run_until(at(seconds(100)));
  EXPECT_EQ(run.sums().alive, 3U * 11'000'000'000U);
  EXPECT_EQ(run.tally.environments().alive(), 0U);
}

TEST(CallDriver, AWholeColdDurationIsOneRunWithoutInit) {
  CallFunction function = function_with(Law::constant(seconds(1)));
  function.spec.init_timeout = seconds(10);
  Played run(function);
  const traffic::Call call{
      .at = at(seconds(1)), .duration = seconds(2), .cold_duration = seconds(30)};
  run.driver.play({&call, 1});
  run.driver.run_until(at(seconds(60)));
  EXPECT_EQ(run.sums().run, 30'000'000'000U);
  EXPECT_EQ(run.sums().init, 0U);
}

TEST(CallDriver, ATimeoutEndsTheCallAndTheEnvironment) {
  CallFunction function = function_with(Law::constant(seconds(5)));
  function.spec.timeout = seconds(3);
  Played run(function);
  run.play(BurstArrivals{at(seconds(1)), 2}, seconds(1));
  run.driver.run_until(at(seconds(60)));
  EXPECT_EQ(run.sums().timeouts, 2U);
  EXPECT_EQ(run.sums().billed_ms, 6'000U);
  EXPECT_EQ(run.sums().alive, 6'000'000'000U);
}

TEST(CallDriver, AThrottledCallIsCountedByItsReason) {
  CallFunction function = function_with(Law::constant(seconds(1)));
  function.spec.reserved = 3;
  Played run(function);
  run.play(BurstArrivals{at(seconds(0)), 10}, seconds(0));
  run.driver.run_until(at(seconds(2)));
  EXPECT_EQ(run.sums().served, 3U);
  EXPECT_EQ(
      run.tally.function(0).throttled[static_cast<std::size_t>(core::Reason::reserved_concurrency)],
      7U);
}

// Worked examples of the rate of new environments: docs/reference/simulation.md.
struct Ramp {
  double per_second;
  int length;
  std::uint64_t served;
  std::uint64_t throttled;
};

class ScalingRamp : public testing::TestWithParam<Ramp> {};

TEST_P(ScalingRamp, IsExactToTheUnit) {
  const Ramp ramp = GetParam();
  Played run(function_with(Law::constant(hours(1))), {.concurrency = 1'000'000, .request_rate = 0});
  run.play(ConstantArrivals{ramp.per_second}, seconds(ramp.length));
  run.driver.run_until(at(hours(2)));
  EXPECT_EQ(run.sums().served, ramp.served);
  EXPECT_EQ(run.sums().throttled, ramp.throttled);
}

INSTANTIATE_TEST_SUITE_P(Rows, ScalingRamp,
                         testing::Values(Ramp{1000, 10, 1999, 8001}, Ramp{1000, 60, 6999, 53001},
                                         Ramp{150, 60, 6999, 2001}, Ramp{5000, 5, 1499, 23501}));

// The operator guide's example of before 2023: 10,000 requests in one, two, three or four minutes,
// a burst of 3,000 environments, and 500 more a minute.
struct Spread {
  std::vector<std::uint64_t> arrive;
  std::vector<std::uint64_t> served;
};

class ScalingBurst : public testing::TestWithParam<Spread> {};

TEST_P(ScalingBurst, IsExactToTheUnit) {
  const Spread& spread = GetParam();
  Played run(function_with(Law::constant(seconds(30))),
             {.concurrency = 100'000, .scaling = 500, .scaling_burst = 3'000, .request_rate = 0});
  for (std::size_t minute = 0; minute < spread.arrive.size(); ++minute) {
    const std::uint64_t before = run.sums().served;
    const TimePoint now = at(std::chrono::minutes(minute));
    const std::vector<traffic::Call> calls(spread.arrive[minute], traffic::Call{.at = now});
    run.driver.play(calls);
    EXPECT_EQ(run.sums().served - before, spread.served[minute]) << "minute " << minute + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ScalingBurst,
    testing::Values(Spread{{10'000}, {3'000}}, Spread{{5'000, 5'000}, {3'000, 3'500}},
                    Spread{{3'333, 3'333, 3'334}, {3'000, 3'333, 3'334}},
                    Spread{{2'500, 2'500, 2'500, 2'500}, {2'500, 2'500, 2'500, 2'500}}));

TEST(CallDriver, ColdStartsOfMostRecentlyUsedWithATtlAreAsComputed) {
  CallFunction function = function_with(Law::exponential(milliseconds(1'991)));
  function.spec.idle_max = seconds(60);
  Played run(function);
  run.play(poisson(0.9), hours(24 * 40));
  const Sums sums = run.sums();
  EXPECT_NEAR(share(sums.cold, sums.served), 0.016327344, 0.0005);
  const auto alive = static_cast<double>(sums.alive) / static_cast<double>(sums.elapsed);
  EXPECT_NEAR(alive, 5.864228, 0.02);
}

TEST(CallDriver, WaitingForOneServerIsAsComputed) {
  CallFunction function = function_with(Law::exponential(seconds(1)));
  function.without_slot_limit = false;
  function.spec.overflow = core::Overflow::queue;
  function.spec.queue_limit = 1'000'000;
  Played run(function);
  run.play(poisson(0.5), hours(24 * 8));
  const Sums sums = run.sums();
  EXPECT_NEAR(share(sums.waited, sums.served), 0.5, 0.01);
  const double wait = static_cast<double>(sums.wait) / static_cast<double>(sums.served);
  EXPECT_NEAR(wait / 1e9, 1, 0.05);
}

// Without a limit of slots there are as many as were needed at once, not one for every call.
TEST(CallDriver, TakingTurnsNeedsNoMoreEnvironmentsThanAreBusyAtOnce) {
  CallFunction function = function_with(Law::constant(milliseconds(100)));
  function.spec.strategy = core::Strategy::round_robin;
  Played run(function);
  run.play(BurstArrivals{at(milliseconds(100)), 3}, seconds(1));
  run.play(ConstantArrivals{2}, hours(1));
  EXPECT_EQ(run.sums().served, 3U + 7'200U);
  EXPECT_EQ(run.tally.environments().alive_peak(), 4U);
}

TEST(CallDriver, BatchesAreAllOfTheRun) {
  Played run(function_with(Law::exponential(seconds(1))));
  run.play(poisson(5), hours(2));
  Sums batches;
  for (const Sums& batch : run.tally.batches()) batches += batch;
  EXPECT_GE(run.tally.batches().size(), 32U);
  EXPECT_LT(run.tally.batches().size(), 64U);
  EXPECT_LE(batches.served, run.sums().served);
  EXPECT_GT(batches.served, run.sums().served - run.sums().served / 16);
}

// Writes down what it sees.
class Diary final : public CallObserver {
 public:
  void arrived(std::uint64_t number, std::uint32_t /*function*/, TimePoint at) override {
    note("arrived", number, at);
  }
  void answered(const CallRecord& call) override {
    note("answered", call.number, call.answered);
    EXPECT_EQ(call.answered - call.delivered, seconds(call.environment > 0 ? 2 : 0));
  }
  void started(const EnvironmentRecord& one) override { note("started", one.environment, one.at); }
  void ready(const EnvironmentRecord& one) override { note("ready", one.environment, one.at); }
  void delivered(const EnvironmentRecord& one) override { note("delivered", one.call, one.at); }
  void ended(const EnvironmentRecord& one) override { note("ended", one.environment, one.at); }

  std::vector<std::string> lines;

 private:
  void note(const char* what, std::uint64_t number, TimePoint when) {
    const auto whole = std::chrono::duration_cast<seconds>(when.time_since_epoch());
    lines.push_back(std::to_string(whole.count()) + " " + what + " " + std::to_string(number));
  }
};

TEST(CallDriver, AnObserverSeesEachStep) {
  CallFunction function = function_with(Law::constant(seconds(2)), Law::constant(seconds(1)));
  function.spec.reserved = 1;
  function.spec.idle_max = seconds(10);
  Played run(function);
  Diary diary;
  run.driver.watch(&diary);
  const std::vector<traffic::Call> calls = {
      {.at = at(seconds(1))}, {.at = at(seconds(2))}, {.at = at(seconds(5))}};
  run.driver.play(calls);
  run.driver.run_until(at(seconds(60)));
  EXPECT_THAT(diary.lines,
              testing::ElementsAre("1 arrived 1", "1 started 1", "2 ready 1", "2 delivered 1",
                                   "2 arrived 2", "2 answered 2", "4 answered 1", "5 arrived 3",
                                   "5 delivered 3", "7 answered 3", "17 ended 1"));
}

TEST(CallDriver, TheSameSeedGivesTheSameDecisions) {
  const auto hash = [](core::Strategy strategy) {
    CallFunction function = function_with(Law::lognormal({0.5, seconds(1)}, {0.99, seconds(9)}));
    function.spec.reserved = 12;
    function.spec.strategy = strategy;
    Played run(function, {.concurrency = 1'000});
    run.play(poisson(8), hours(1));
    return run.scheduler.decision_hash();
  };
  EXPECT_EQ(hash(core::Strategy::first_warm), hash(core::Strategy::first_warm));
  EXPECT_NE(hash(core::Strategy::first_warm), hash(core::Strategy::round_robin));
}

}  // namespace
}  // namespace smyth::sim
