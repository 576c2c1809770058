#include "sim/callers.h"

#include "sim/call_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Duration since_start) { return TimePoint(since_start); }

CallFunction function_with(Law duration) {
  return {.spec = {.overflow = core::Overflow::throttle,
                   .timeout = Duration{0},
                   .queue_wait = Duration{0},
                   .init_timeout = Duration{0},
                   .next_wait = Duration{0}},
          .duration = std::move(duration)};
}

struct Played {
  explicit Played(const CallFunction& function) { driver.add_function(function); }

  core::Scheduler scheduler;
  Tally tally;
  CallDriver driver{scheduler, tally, 1};
};

// Engset's formula: of ten clients that think a second and are served half a second by one of
// three environments, a call finds all busy with a chance of 0.42.
TEST(Callers, OfAClosedLoopAreRefusedAsEngsetSays) {
  CallFunction function = function_with(Law::exponential(milliseconds(500)));
  function.spec.concurrency = 3;
  Played run(function);
  run.driver.add_clients({.function = 0, .count = 10, .think = Law::exponential(seconds(1))});
  run.driver.run_until(at(hours(12)));
  const Sums sums = run.tally.sums_until(run.driver.now());
  const double refused = static_cast<double>(sums.throttled) / static_cast<double>(sums.calls);
  EXPECT_NEAR(refused, 0.42, 0.005);
  EXPECT_EQ(sums.retries, 0u);
}

// The longest of many waits is close to what it may be at most.
TEST(Callers, TryAgainAfterUpToASecondAndThenUpToTwo) {
  Callers callers(7);
  callers.set_attempts(0, 3);
  Duration first_max{0};
  Duration second_max{0};
  for (int i = 0; i < 1'000; ++i) {
    callers.begin(0, TimePoint{});
    EXPECT_TRUE(callers.end(0, {}, Callers::Answer::throttled, TimePoint{}));
    const TimePoint second = callers.take().at;
    callers.begin(0, second);
    EXPECT_TRUE(callers.end(0, {}, Callers::Answer::throttled, second));
    first_max = std::max(first_max, second - TimePoint{});
    const TimePoint third = callers.take().at;
    second_max = std::max(second_max, third - second);
    callers.begin(0, third);
    EXPECT_FALSE(callers.end(0, {}, Callers::Answer::throttled, third));
  }
  EXPECT_GT(first_max, milliseconds(980));
  EXPECT_LT(first_max, seconds(1));
  EXPECT_GT(second_max, milliseconds(1'960));
  EXPECT_LT(second_max, seconds(2));
}

TEST(Callers, GiveUpAfterTheirLastAttempt) {
  Callers callers(7);
  callers.set_attempts(0, 3);
  callers.begin(0, at(seconds(1)));
  for (const bool again : {true, true, false}) {
    EXPECT_EQ(callers.end(0, {}, Callers::Answer::throttled, at(seconds(1))), again);
    if (!again) break;
    static_cast<void>(callers.take());
    callers.begin(0, at(seconds(2)));
    EXPECT_EQ(callers.first_of(0), at(seconds(1))) << "latency counts from the first attempt";
  }
  EXPECT_EQ(callers.first_at(), TimePoint::max());
}

TEST(Callers, DoNotTryAgainWhatWasServed) {
  Callers callers(7);
  callers.set_attempts(0, 3);
  callers.begin(0, at(seconds(1)));
  EXPECT_FALSE(callers.end(0, {}, Callers::Answer::other, at(seconds(1))));
}

// Time goes on, though nobody thinks and all are refused at once.
TEST(Callers, WaitBeforeTheyCallAgainWhenTheyWereRefused) {
  CallFunction function = function_with(Law::constant(seconds(1)));
  function.spec.reserved = 0;
  Played run(function);
  run.driver.add_clients({.function = 0, .count = 2});
  run.driver.run_until(at(seconds(1)));
  EXPECT_EQ(run.tally.sums_until(run.driver.now()).throttled, 2u * 1'001);
}

TEST(Callers, ComeBackBeforeWhatArrivesInTheSameMoment) {
  CallFunction function = function_with(Law::constant(seconds(1)));
  Played run(function);
  run.driver.add_clients({.function = 0, .count = 1, .think = Law::constant(seconds(2))});
  const std::vector<traffic::Call> calls = {{.at = at(seconds(1))}, {.at = at(seconds(2))}};
  run.driver.play(calls);
  run.driver.run_until(at(seconds(3)));
  const Sums sums = run.tally.sums_until(run.driver.now());
  EXPECT_EQ(sums.answered, 2u) << "the first is done as the client calls";
  EXPECT_EQ(sums.throttled, 1u);
}

}  // namespace
}  // namespace smyth::sim
