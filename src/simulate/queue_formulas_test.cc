#include "simulate/queue_formulas.h"

#include <gtest/gtest.h>

#include <cmath>

// The check values of docs/reference/simulation.md, computed elsewhere.
namespace smyth::simulate {
namespace {

TEST(QueueFormulas, ErlangB) {
  EXPECT_NEAR(erlang_b(5, 8), 0.070047852, 1e-9);
  EXPECT_NEAR(erlang_b(900, 1'000), 0.000059299, 1e-9);
  EXPECT_NEAR(erlang_b(2'016, 1'000), 0.504454582, 1e-9);
}

TEST(QueueFormulas, NumbersOfBusyEnvironmentsArePoissonDistributed) {
  EXPECT_EQ(poisson_numbers(0.5), (NumbersOverTime{0, 1, 3, 4, 5}));
  EXPECT_EQ(poisson_numbers(10), (NumbersOverTime{10, 14, 18, 21, 24}));
  EXPECT_EQ(poisson_numbers(10'000), (NumbersOverTime{10'000, 10'128, 10'233, 10'310, 10'374}));
}

TEST(QueueFormulas, ErlangC) {
  const Queue few = queue_before(8, 10, {});
  EXPECT_NEAR(few.waits, 0.409180151, 1e-9);
  EXPECT_NEAR(few.mean_wait, 0.204590075, 1e-9);
  EXPECT_EQ(few.throttled, 0);
  const Queue many = queue_before(950, 1'000, {});
  EXPECT_NEAR(many.waits, 0.068253415, 1e-9);
  EXPECT_NEAR(many.mean_wait, 0.001365068, 1e-9);
}

// One server: all of its states have a simple weight, load^n.
TEST(QueueFormulas, AQueueWithALimitLosesWhatDoesNotFit) {
  for (const double load : {0.5, 1.0, 3.0}) {
    double total = 0;
    double waiting = 0;
    for (int n = 0; n <= 5; ++n) {
      total += std::pow(load, n);
      if (n > 1) waiting += (n - 1) * std::pow(load, n);
    }
    const double lost = std::pow(load, 5) / total;
    const Queue queue = queue_before(load, 1, 4);
    EXPECT_NEAR(queue.throttled, lost, 1e-12);
    EXPECT_NEAR(queue.waits, (1 - lost - 1 / total) / (1 - lost), 1e-12);
    EXPECT_NEAR(queue.mean_wait, waiting / total / (load * (1 - lost)), 1e-12);
  }
  EXPECT_NEAR(queue_before(5, 8, 0).throttled, erlang_b(5, 8), 1e-12);
  EXPECT_NEAR(queue_before(2, 1, 1'000'000).throttled, 0.5, 1e-12);
}

TEST(QueueFormulas, MostRecentlyUsed) {
  const struct {
    double rate;
    double mean;
    double idle_max;
    double cold;
    double environments;
  } rows[] = {{0.02, 2, 600, 0.024508207, 1.368866},    {0.1, 2, 600, 0.007112761, 2.650489},
              {0.9, 1.991, 600, 0.001329307, 7.691934}, {0.9, 1.991, 60, 0.016327344, 5.864228},
              {1, 2, 600, 0.001239826, 8.177502},       {10, 0.1, 300, 0.000181068, 6.914247},
              {100, 0.1, 600, 0.000017990, 26.120533},  {20, 1, 30, 0.003760595, 32.798039},
              {50, 1, 600, 0.000079822, 78.417299}};
  for (const auto& row : rows) {
    const Pool pool = most_recently_used(row.rate * row.mean, row.idle_max / row.mean, {});
    EXPECT_NEAR(pool.cold, row.cold, 1e-9) << row.rate;
    EXPECT_NEAR(pool.environments, row.environments, 1e-6) << row.rate;
    EXPECT_NEAR(pool.busy, row.rate * row.mean, 1e-9) << row.rate;
  }
  const Pool eight = most_recently_used(5, 60, 8);
  EXPECT_NEAR(eight.cold, 6.0e-9, 1e-9);
  EXPECT_NEAR(eight.busy, 4.649761, 1e-6);
  EXPECT_NEAR(eight.environments, 8, 1e-6);
  EXPECT_NEAR(eight.throttled, erlang_b(5, 8), 1e-12);
}

TEST(QueueFormulas, OneEnvironment) {
  const Pool pool = one_environment(0.005, 2, 2.5, 600);
  EXPECT_NEAR(pool.cold, 0.049787068, 1e-9);
  EXPECT_NEAR(pool.throttled, 0.010022990, 1e-9);
  EXPECT_NEAR(pool.environments, 0.950711947, 1e-9);
}

TEST(QueueFormulas, WaitForOneWithItsInits) {
  EXPECT_NEAR(wait_for_one(0.5, {1, 2}, {10, 200}, 0), 11, 1e-9);
  EXPECT_NEAR(wait_for_one(0.5, {1, 2}, {10, 200}, 5), 4.491926151, 1e-9);
  EXPECT_NEAR(wait_for_one(1, {0.2, 0.04}, {1, 1}, 2), 0.203804383, 1e-9);
  EXPECT_NEAR(wait_for_one(0.5, {1, 2}, {10, 200}, {}), 1, 1e-9);
}

}  // namespace
}  // namespace smyth::simulate
