#include "sim/laws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int draws = 200'000;

std::vector<double> sorted_seconds(const Law& law) {
  Prng prng(7, 3);
  std::vector<double> lengths;
  lengths.reserve(draws);
  for (int i = 0; i < draws; ++i) {
    lengths.push_back(std::chrono::duration<double>(law.draw(prng)).count());
  }
  std::ranges::sort(lengths);
  return lengths;
}

double mean(const std::vector<double>& lengths) {
  double sum = 0;
  for (const double length : lengths) sum += length;
  return sum / static_cast<double>(lengths.size());
}

double percentile(const std::vector<double>& sorted, double probability) {
  return sorted[static_cast<std::size_t>(probability * static_cast<double>(sorted.size()))];
}

TEST(LawsTest, LogarithmAndExponentialAgreeWithTheLibrarys) {
  for (int i = 1; i < 100'000; ++i) {
    const double x = i * 0.00137;
    EXPECT_NEAR(log(x), std::log(x), 1e-15 + 4e-16 * std::abs(std::log(x)));
    const double signed_x = i * 0.0139 - 695;
    EXPECT_NEAR(exp(signed_x) / std::exp(signed_x), 1, 1e-15);
  }
}

TEST(LawsTest, QuantilesOfTheNormalDistribution) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408408, 1e-12);
  EXPECT_NEAR(normal_quantile(0.001), -3.0902323061678132, 1e-11);
}

TEST(LawsTest, ConstantIsAlwaysTheSame) {
  Prng prng(1);
  EXPECT_EQ(Law::constant(milliseconds(80)).draw(prng), milliseconds(80));
}

TEST(LawsTest, ExponentialHasItsMeanAndTail) {
  const auto lengths = sorted_seconds(Law::exponential(seconds(2)));
  EXPECT_NEAR(mean(lengths), 2, 0.02);
  EXPECT_NEAR(percentile(lengths, 0.99), 2 * 4.605170, 0.2);
}

TEST(LawsTest, LognormalHasTheTwoPercentiles) {
  const auto lengths =
      sorted_seconds(Law::lognormal({0.5, milliseconds(80)}, {0.99, milliseconds(900)}));
  EXPECT_NEAR(percentile(lengths, 0.5), 0.08, 0.001);
  EXPECT_NEAR(percentile(lengths, 0.99), 0.9, 0.03);
}

TEST(LawsTest, GammaHasItsMeanAndVariance) {
  for (const double shape : {0.5, 1.0, 4.0}) {
    const auto lengths = sorted_seconds(Law::gamma(shape, seconds(3)));
    double square = 0;
    for (const double length : lengths) square += (length - 3) * (length - 3);
    EXPECT_NEAR(mean(lengths), 3, 0.05) << shape;
    EXPECT_NEAR(square / draws * shape / 9, 1, 0.04) << shape;
  }
}

TEST(LawsTest, EmpiricalGivesEachOfItsLengths) {
  const auto lengths = sorted_seconds(Law::empirical({seconds(1), seconds(2), seconds(6)}));
  EXPECT_NEAR(mean(lengths), 3, 0.03);
  EXPECT_EQ(lengths.front(), 1);
  EXPECT_EQ(lengths.back(), 6);
}

TEST(LawsTest, MomentsAreThoseOfTheLengths) {
  for (const Law& law :
       {Law::constant(seconds(3)), Law::exponential(seconds(2)), Law::gamma(0.5, seconds(3)),
        Law::lognormal({0.5, milliseconds(80)}, {0.9, milliseconds(200)}),
        Law::empirical({seconds(1), seconds(2), seconds(6)})}) {
    const auto lengths = sorted_seconds(law);
    double square = 0;
    for (const double length : lengths) square += length * length / draws;
    EXPECT_NEAR(law.mean() / 1e9 / mean(lengths), 1, 0.02);
    EXPECT_NEAR(law.mean_square() / 1e18 / square, 1, 0.04);
  }
}

// The sum is the same with every compiler, optimisation level and sanitizer.
TEST(LawsTest, AGeneratorGivesTheSameLengthsEverywhere) {
  Prng prng(5, 5);
  std::uint64_t sum = 0;
  for (int i = 0; i < 1'000; ++i) {
    for (const Law& law : {Law::exponential(seconds(1)), Law::gamma(0.7, seconds(1)),
                           Law::lognormal({0.5, seconds(1)}, {0.9, seconds(3)})}) {
      sum = sum * 31 + static_cast<std::uint64_t>(law.draw(prng).count());
    }
  }
  EXPECT_EQ(sum, 12022851490969042854U);
}

}  // namespace
}  // namespace smyth::sim
