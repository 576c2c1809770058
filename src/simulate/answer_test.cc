#include "simulate/answer.h"

#include "simulate/json_report.h"
#include "simulate/replication.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

namespace smyth::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Of one function without limits: calls at random for so long.
Question question_with(double per_second, Duration length) {
  Question question;
  Function function{.name = "f"};
  function.model = {.spec = {.overflow = core::Overflow::throttle,
                             .timeout = Duration{0},
                             .queue_wait = Duration{0}},
                    .duration = sim::Law::exponential(seconds(1)),
                    .init = sim::Law::constant(milliseconds(250)),
                    .without_slot_limit = true};
  question.functions = {function};
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, per_second}}}}};
  question.length = length;
  return question;
}

core::FunctionSpec& spec_of(Question& question) { return question.functions[0].model.spec; }

Findings found(const Question& question) {
  Progress progress;
  return answer(question, progress).value();
}

TEST(Answer, TheSameQuestionHasTheSameAnswerOnAnyNumberOfThreads) {
  Question question = question_with(5, hours(1));
  spec_of(question).reserved = 8;
  question.account = core::AccountSpec{.concurrency = 1'000};
  question.replications = 6;
  question.threads = 1;
  const std::string alone = json_report(question, found(question));
  for (const std::uint32_t threads : {2U, 4U}) {
    question.threads = threads;
    EXPECT_EQ(json_report(question, found(question)), alone);
  }
  question.seed = 2;
  EXPECT_NE(json_report(question, found(question)), alone);
}

TEST(Answer, ReplicationsDifferAndAreThereOneByOne) {
  Question question = question_with(5, hours(1));
  question.replications = 3;
  const Findings findings = found(question);
  ASSERT_EQ(findings.runs.size(), 3U);
  EXPECT_EQ(findings.runs[0].seed, question.seed);
  EXPECT_NE(findings.runs[0].decision_hash, findings.runs[1].decision_hash);
  std::uint64_t calls = 0;
  sim::Total busy = 0;
  for (const simulate::Run& run : findings.runs) {
    calls += run.all.sums.calls;
    busy += run.all.sums.busy;
    EXPECT_EQ(run.functions.size(), 1U);
    EXPECT_EQ(run.length, hours(1));
  }
  EXPECT_EQ(calls, findings.all.sums.calls);
  EXPECT_TRUE(busy == findings.all.sums.busy);
}

// When all is done at the end: each nanosecond of a busy environment is some call's init or run.
TEST(Answer, LittlesLawHoldsToTheNanosecond) {
  Question question = question_with(0, hours(2));
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 20}, {TimePoint(hours(1)), 0}}}}};
  spec_of(question).reserved = 18;
  const sim::Sums sums = found(question).all.sums;
  EXPECT_TRUE(sums.busy == sums.init + sums.run);
  EXPECT_EQ(sums.calls, sums.answered + sums.throttled);
  EXPECT_GT(sums.throttled, 0U);
}

TEST(Answer, EveryCallIsDoneThrottledWaitingOrRunning) {
  Question question = question_with(20, seconds(600));
  spec_of(question).overflow = core::Overflow::queue;
  spec_of(question).queue_limit = 50;
  question.functions[0].model.without_slot_limit = false;
  spec_of(question).concurrency = 18;
  question.functions[0].model.errors = 100'000;
  Progress progress;
  Replication run = play(question, 0, progress).value();
  const sim::Sums sums = run.tally.sums_until(run.end);
  const std::uint64_t running = run.tally.environments().busy();
  const std::uint64_t waiting = sums.calls - sums.served - sums.throttled;
  EXPECT_EQ(sums.served, sums.answered + running);
  EXPECT_EQ(found(question).all.mean_wait.value > 0, sums.waited > 0);
  EXPECT_LE(waiting, 50U);
  EXPECT_GT(running, 0U);
  EXPECT_NEAR(static_cast<double>(sums.errors) / static_cast<double>(sums.answered), 0.1, 0.02);
}

TEST(Answer, ThePercentileOfExponentialLengthsIsAsComputed) {
  Question question = question_with(20, hours(5));
  question.functions[0].model.init = sim::Law::constant(Duration{0});
  question.seed = 2;  // One in twenty lies outside of its interval.
  const Estimate p99 = found(question).all.all.at[2];
  EXPECT_NEAR(p99.value / 1e9, 4.605170, 0.05);
  EXPECT_LT(p99.low, 4.605170e9);
  EXPECT_GT(p99.high, 4.605170e9);
}

TEST(Answer, BilledAreWholeMillisecondsOfEachCall) {
  const sim::Sums sums = found(question_with(20, hours(1))).all.sums;
  const double lengths = static_cast<double>(sums.init + sums.run) / 1e6;
  EXPECT_GE(static_cast<double>(sums.billed_ms), lengths);
  EXPECT_LT(static_cast<double>(sums.billed_ms), lengths + static_cast<double>(sums.answered));
}

TEST(Answer, ABurstWithoutEnvironmentsIsColdAsFarAsItMay) {
  Question question = question_with(0, seconds(60));
  question.streams = {{0, sim::BurstArrivals{TimePoint{}, 100}}};
  spec_of(question).reserved = 30;
  const Figures all = found(question).all;
  EXPECT_EQ(all.sums.cold, 30U);
  EXPECT_EQ(all.sums.throttled, 70U);
  EXPECT_EQ(all.throttled[static_cast<std::size_t>(core::Reason::reserved_concurrency)], 70U);
}

TEST(Answer, NoShareIsMoreThanAll) {
  Question question = question_with(0, seconds(60));
  question.streams = {{0, sim::BurstArrivals{TimePoint{}, 3}}};
  spec_of(question).reserved = 1;
  const Figures all = found(question).all;
  EXPECT_EQ(all.sums.cold, 1U);
  EXPECT_EQ(all.cold_share.high, 1.0);
  EXPECT_EQ(all.throttled_share.high, 1.0);
  EXPECT_LE(all.utilisation.high, 1.0);
}

TEST(Answer, WithoutEnvironmentsNothingIsOpen) {
  const Figures all = found(question_with(0, seconds(60))).all;
  EXPECT_EQ(all.environments, Estimate::exactly(0));
  EXPECT_EQ(all.busy, Estimate::exactly(0));
}

TEST(Answer, BusyEnvironmentsArePoissonDistributed) {
  const Figures all = found(question_with(10, hours(20))).all;
  // Of mean 10, and a few inits.
  EXPECT_EQ(all.busy_at[0], 10U);
  EXPECT_EQ(all.busy_at[2], 18U);
  EXPECT_EQ(all.busy_at[3], 21U);
}

TEST(Answer, EnvironmentsOverTimeHavePercentilesOfTheirNumbers) {
  Question question = question_with(0, seconds(100));
  question.streams = {{0, sim::BurstArrivals{TimePoint{}, 4}},
                      {0, sim::BurstArrivals{TimePoint(seconds(50)), 9}}};
  question.functions[0].model.duration = sim::Law::constant(milliseconds(750));
  spec_of(question).idle_max = seconds(9);
  const Figures all = found(question).all;
  // 250 ms of init, 750 ms of run and 9 s idle: 4 and 9 for 10 s each of 100 s.
  EXPECT_EQ(all.environments_at, (NumbersOverTime{0, 4, 9, 9, 9}));
  EXPECT_EQ(all.busy_at, (NumbersOverTime{0, 0, 4, 9, 9}));
  EXPECT_EQ(all.environments_peak, 9U);
  EXPECT_NEAR(all.environments.value, 1.3, 1e-12);
}

TEST(Answer, InterruptedBeforeTheWarmUpIsOverItHasNoFigures) {
  Question question = question_with(5, hours(1));
  question.warm_up = seconds(1'800);
  Progress progress;
  progress.stop = true;
  const Findings findings = answer(question, progress).value();
  EXPECT_FALSE(findings.complete);
  EXPECT_EQ(findings.length, Duration{0});
  EXPECT_EQ(findings.all.sums.calls, 0U);
}

TEST(Answer, InterruptedItSaysWhatIsKnown) {
  Question question = question_with(5, hours(1));
  question.replications = 3;
  question.threads = 1;
  Progress progress;
  progress.stop = true;
  const Findings findings = answer(question, progress).value();
  EXPECT_FALSE(findings.complete);
  EXPECT_EQ(findings.runs.size(), 1U);
}

// What an honest interval of 95 % is: of 200 seeds, in 90 to 99 % the true value lies within.
int covered(Question question, double true_share) {
  int inside = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    question.seed = seed;
    const Estimate cold = found(question).all.cold_share;
    inside += cold.low <= true_share && true_share <= cold.high ? 1 : 0;
  }
  return inside;
}

TEST(Answer, TheIntervalOfColdStartsIsHonest) {
  // One environment: a call is cold if the time since the last one is longer than the limit.
  Question question = question_with(1.0 / 600, seconds(600) * 2'000);
  question.functions[0].model.duration = sim::Law::constant(seconds(2));
  question.functions[0].model.init = sim::Law::constant(Duration{0});
  spec_of(question).idle_max = seconds(600);
  spec_of(question).reserved = 1;
  const int inside = covered(question, std::exp(-1.0));
  EXPECT_GE(inside, 180);
  EXPECT_LE(inside, 198);
}

TEST(Answer, TheIntervalOfRareColdStartsIsHonest) {
  // docs/reference/simulation.md: most recently used with an idle limit.
  Question question = question_with(0.9, seconds(6'000));
  question.functions[0].model.duration = sim::Law::exponential(milliseconds(1'991));
  question.functions[0].model.init = sim::Law::constant(Duration{0});
  question.warm_up = seconds(600);
  spec_of(question).idle_max = seconds(60);
  const int inside = covered(question, 0.016327344);
  EXPECT_GE(inside, 180);
  EXPECT_LE(inside, 198);
}

}  // namespace
}  // namespace smyth::simulate
