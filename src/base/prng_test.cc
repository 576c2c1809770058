#include "base/prng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace smyth {
namespace {

using std::chrono::seconds;

TEST(Prng, GivesTheSameNumbersForTheSameSeedAndOthersForAnotherStream) {
  Prng first(7, 1);
  Prng again(7, 1);
  Prng other_stream(7, 2);
  Prng other_seed(8, 1);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t number = first.next();
    EXPECT_EQ(number, again.next());
    EXPECT_NE(number, other_stream.next());
    EXPECT_NE(number, other_seed.next());
  }
}

TEST(Prng, StaysBelowItsBoundAndReachesEveryValue) {
  Prng prng(1);
  std::vector<int> seen(10);
  for (int i = 0; i < 100'000; ++i) ++seen.at(prng.below(10));
  for (int count : seen) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Prng, DrawsTheExponentialDistribution) {
  Prng prng(3);
  constexpr int draws = 1'000'000;
  double sum = 0;
  double squares = 0;
  int beyond_three_means = 0;
  for (int i = 0; i < draws; ++i) {
    const double drawn = static_cast<double>(prng.exponential(seconds(1)).count()) * 1e-9;
    sum += drawn;
    squares += drawn * drawn;
    if (drawn > 3) ++beyond_three_means;
  }
  EXPECT_NEAR(sum / draws, 1, 0.005);
  EXPECT_NEAR(squares / draws, 2, 0.03);
  EXPECT_NEAR(beyond_three_means / static_cast<double>(draws), std::exp(-3.0), 0.001);
}

TEST(Prng, HappensAsOftenAsToldAndNeverForZero) {
  Prng prng(5);
  int happened = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    if (prng.happens(50'000)) ++happened;
    EXPECT_FALSE(prng.happens(0));
  }
  EXPECT_NEAR(happened, 50'000, 1'000);
}

}  // namespace
}  // namespace smyth
