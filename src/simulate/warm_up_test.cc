#include "simulate/warm_up.h"

#include "simulate/json_report.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

namespace smyth::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// 600 values that approach 10, and do as quickly as `per_value` says, with some unrest.
std::vector<double> approach(double per_value) {
  std::vector<double> values;
  for (int i = 0; i < 600; ++i) {
    values.push_back(10 * (1 - std::exp(-per_value * i)) + 0.1 * ((i * 7 % 11) - 5));
  }
  return values;
}

TEST(WarmUp, NothingIsLeftOutOfWhatIsSteadyFromTheBeginning) {
  EXPECT_EQ(beginning_of(std::vector<double>(600, 3.0)), 0U);
  EXPECT_EQ(beginning_of(std::vector<double>(1, 3.0)), 0U);
}

TEST(WarmUp, AStepEndsTheBeginning) {
  std::vector<double> values(600, 1e15);
  for (std::size_t i = 0; i < 120; ++i) values[i] = 1e15 - 1e3;
  EXPECT_EQ(beginning_of(values), 120U);
}

TEST(WarmUp, ASlowApproachTakesLongerThanAQuickOne) {
  const auto quick = beginning_of(approach(0.2));
  const auto slow = beginning_of(approach(0.02));
  ASSERT_TRUE(quick && slow);
  // What is left out is e^-3 to e^-6 away from the end.
  EXPECT_GE(*quick, 15U);
  EXPECT_LE(*quick, 30U);
  EXPECT_GE(*slow, 150U);
  EXPECT_LE(*slow, 300U);
}

TEST(WarmUp, WhatGoesOnToTheSecondHalfHasNoEnd) {
  EXPECT_FALSE(beginning_of(approach(0.002)));
  EXPECT_FALSE(beginning_of(std::vector<double>{}));
}

Question question() {
  Question question;
  Function function{.name = "f"};
  function.model = {.spec = {.overflow = core::Overflow::throttle,
                             .timeout = Duration{0},
                             .queue_wait = Duration{0},
                             .idle_max = seconds(600)},
                    .duration = sim::Law::exponential(seconds(2)),
                    .without_slot_limit = true};
  question.functions = {function};
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 5}}}}};
  question.length = hours(10);
  return question;
}

Findings found(const Question& question) {
  Progress progress;
  return answer(question, progress).value();
}

TEST(WarmUp, FoundItGivesWhatTheSameOneGivenDoes) {
  Question asked = question();
  asked.finds_warm_up = true;
  asked.replications = 2;
  const Findings findings = found(asked);
  EXPECT_TRUE(findings.has_warm_up);
  // Environments rise at once and expire after ten minutes.
  EXPECT_GE(findings.warm_up, minutes(1));
  EXPECT_LE(findings.warm_up, minutes(90));
  EXPECT_EQ(findings.length, hours(10) - findings.warm_up);
  Question given = question();
  given.warm_up = findings.warm_up;
  given.replications = 2;
  EXPECT_EQ(json_report(asked, findings), json_report(given, found(given)));
}

TEST(WarmUp, WhereTrafficGrowsToTheEndNothingIsLeftOut) {
  Question asked = question();
  asked.finds_warm_up = true;
  sim::PoissonArrivals rising;
  for (int i = 0; i < 100; ++i) {
    rising.steps.push_back({TimePoint(minutes(6) * i), 0.1 * (i + 1)});
  }
  asked.streams = {{0, rising}};
  const Findings findings = found(asked);
  EXPECT_FALSE(findings.has_warm_up);
  EXPECT_EQ(findings.warm_up, Duration{0});
  EXPECT_EQ(findings.length, hours(10));
}

}  // namespace
}  // namespace smyth::simulate
