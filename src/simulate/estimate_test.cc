#include "simulate/estimate.h"

#include <gtest/gtest.h>

#include <vector>

namespace smyth::simulate {
namespace {

TEST(Estimate, StudentsQuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(student_quantile(4), 2.7764, 0.001);
  EXPECT_NEAR(student_quantile(10), 2.228, 0.001);
  EXPECT_NEAR(student_quantile(31), 2.0395, 0.0005);
  EXPECT_NEAR(student_quantile(63), 1.9983, 0.0005);
  EXPECT_NEAR(student_quantile(1'000'000), 1.95996, 0.0001);
}

TEST(Estimate, PoissonBoundsAreExact) {
  EXPECT_EQ(poisson_low(0), 0);
  EXPECT_NEAR(poisson_high(0), 3.6889, 0.0001);
  EXPECT_NEAR(poisson_low(1), 0.0253, 0.0001);
  EXPECT_NEAR(poisson_high(1), 5.5716, 0.0001);
  EXPECT_NEAR(poisson_low(5), 1.6235, 0.0001);
  EXPECT_NEAR(poisson_high(5), 11.6683, 0.0001);
  EXPECT_NEAR(poisson_low(19), 11.4393, 0.001);
  EXPECT_NEAR(poisson_high(19), 29.6709, 0.001);
}

TEST(Estimate, FewEventsHaveAPoissonInterval) {
  const std::vector<double> above(32, 0);
  const std::vector<double> below(32, 1'000);
  const Estimate none = ratio_of(above, below, 0, 32'000);
  EXPECT_EQ(none.value, 0);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 3.6889 / 32'000, 1e-8);
}

TEST(Estimate, EqualBatchesLeaveNothingOpen) {
  const std::vector<double> above(32, 10);
  const std::vector<double> below(32, 100);
  EXPECT_EQ(ratio_of(above, below, 320, 3'200), Estimate::exactly(0.1));
}

TEST(Estimate, TheSpreadOfTheBatchesIsTheInterval) {
  std::vector<double> above(32, 9);
  for (std::size_t i = 0; i < above.size(); i += 2) above[i] = 11;
  const std::vector<double> below(32, 100);
  const Estimate estimate = ratio_of(above, below, 320, 3'200);
  // One off by one in a hundred each: its deviation over the root of 31, times Student's 2.04.
  EXPECT_NEAR(estimate.high - estimate.value, 2.0395 * 0.01 / 5.5678, 1e-6);
  EXPECT_NEAR(estimate.value - estimate.low, estimate.high - estimate.value, 1e-12);
}

TEST(Estimate, OfTooFewBatchesNothingIsSaid) {
  const std::vector<double> above = {30, 50};
  const std::vector<double> below = {100, 100};
  EXPECT_EQ(ratio_of(above, below, 80, 200), Estimate::exactly(0.4));
}

TEST(Estimate, OfNothingIsNothing) { EXPECT_EQ(ratio_of({}, {}, 0, 0), Estimate{}); }

}  // namespace
}  // namespace smyth::simulate
