#include "sim/simulation.h"
#include "sim/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <vector>

// What is known exactly about queues of this kind, against what the scheduler does in virtual time.
// All figures, with the formulas, are in docs/reference/simulation.md.
namespace smyth::sim {
namespace {

using std::chrono::hours;

Duration in_seconds(double seconds) {
  return Duration(static_cast<Duration::rep>(std::llround(seconds * 1e9)));
}

// Poisson traffic to a function without limits of time, whose environments are ready at once.
SimulatedFunction poisson(double per_second, Length run, std::uint32_t concurrency) {
  SimulatedFunction function;
  function.spec.concurrency = concurrency;
  function.spec.overflow = core::Overflow::throttle;
  function.spec.timeout = function.spec.queue_wait = function.spec.init_timeout = Duration{0};
  function.behaviour.run = run;
  function.arrivals.gap = Length::exponential(in_seconds(1 / per_second));
  return function;
}

Summary summary_of(const SimulatedFunction& function, double arrivals, std::uint64_t seed = 1) {
  Simulation simulation(seed, {function});
  Summary summary;
  simulation.watch(summary);
  const double gap = static_cast<double>(function.arrivals.gap.mean.count());
  simulation.run_for(Duration(static_cast<Duration::rep>(gap * arrivals)));
  return summary;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// --- Erlang-B: the throttled share, whatever the law of the durations ---

struct ErlangB {
  double load;
  std::uint32_t concurrency;
  Length::Law law;
  double throttled;
  double carried;
};

class Throttled : public testing::TestWithParam<ErlangB> {};

TEST_P(Throttled, IsErlangsShareOfTheArrivals) {
  const ErlangB row = GetParam();
  const Length run{row.law, in_seconds(1)};
  const Summary summary = summary_of(poisson(row.load, run, row.concurrency), 1'000'000);
  const double throttled = share(summary.answered(core::Verdict::throttled), summary.arrivals);
  EXPECT_NEAR(throttled, row.throttled, 0.003);
  EXPECT_NEAR(summary.mean_busy(), row.carried, row.carried * 0.005);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Throttled,
    testing::Values(ErlangB{1, 1, Length::Law::exponential, 0.5, 0.5},
                    ErlangB{2, 2, Length::Law::exponential, 0.4, 1.2},
                    ErlangB{5, 5, Length::Law::exponential, 0.284867821, 3.575661},
                    ErlangB{5, 8, Length::Law::exponential, 0.070047852, 4.649761},
                    ErlangB{5, 8, Length::Law::fixed, 0.070047852, 4.649761},
                    ErlangB{5, 8, Length::Law::uniform, 0.070047852, 4.649761},
                    ErlangB{8, 10, Length::Law::exponential, 0.121661064, 7.026711},
                    ErlangB{10, 10, Length::Law::fixed, 0.214582343, 7.854177},
                    ErlangB{90, 100, Length::Law::exponential, 0.026957380, 87.573836},
                    ErlangB{100, 100, Length::Law::uniform, 0.075700453, 92.429955}));

// --- M/G/infinity: the number of busy environments is Poisson distributed ---

struct Busy {
  double load;
  Length::Law law;
  std::vector<std::size_t> percentiles;  // p50, p99, p99.9
};

class BusyEnvironments : public testing::TestWithParam<Busy> {};

TEST_P(BusyEnvironments, ArePoissonDistributedWhateverTheDurations) {
  const Busy row = GetParam();
  const Length run{row.law, in_seconds(1)};
  const Summary summary = summary_of(poisson(row.load, run, 1'000), 1'000'000);
  EXPECT_EQ(summary.answered(core::Verdict::throttled), 0u);
  EXPECT_NEAR(summary.mean_busy(), row.load, row.load * 0.01);
  const double shares[] = {0.5, 0.99, 0.999};
  for (std::size_t i = 0; i < 3; ++i) {
    // The share below a percentile moves by the tolerance; the percentile itself is a whole number.
    double below = 0;
    for (std::size_t busy = 0; busy < row.percentiles[i]; ++busy)
      below += summary.share_with_busy(busy);
    const double up_to = below + summary.share_with_busy(row.percentiles[i]);
    const double tolerance = (1 - shares[i]) * 0.2;
    EXPECT_LT(below, shares[i] + tolerance);
    EXPECT_GE(up_to, shares[i] - tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, BusyEnvironments,
                         testing::Values(Busy{0.5, Length::Law::exponential, {0, 3, 4}},
                                         Busy{1.7919, Length::Law::fixed, {2, 6, 7}},
                                         Busy{10, Length::Law::exponential, {10, 18, 21}},
                                         Busy{10, Length::Law::uniform, {10, 18, 21}},
                                         Busy{50, Length::Law::fixed, {50, 67, 73}}));

// --- Erlang-C: who waits in the queue, and for how long ---

struct ErlangC {
  double load;
  std::uint32_t concurrency;
  double waits;
  double mean_wait;  // In mean durations.
};

class Queued : public testing::TestWithParam<ErlangC> {};

TEST_P(Queued, WaitsAsErlangSays) {
  const ErlangC row = GetParam();
  SimulatedFunction function =
      poisson(row.load, Length::exponential(in_seconds(1)), row.concurrency);
  function.spec.overflow = core::Overflow::queue;
  function.spec.queue_limit = 1'000'000'000;
  const Summary summary = summary_of(function, 2'000'000);
  EXPECT_NEAR(share(summary.waited, summary.delivered), row.waits, 0.02);
  const double mean_wait =
      static_cast<double>(summary.waiting.count()) / static_cast<double>(summary.delivered) / 1e9;
  EXPECT_NEAR(mean_wait, row.mean_wait, row.mean_wait * 0.05);
}

INSTANTIATE_TEST_SUITE_P(Rows, Queued,
                         testing::Values(ErlangC{0.5, 1, 0.5, 1},
                                         ErlangC{8, 10, 0.409180151, 0.204590075},
                                         ErlangC{90, 100, 0.216940481, 0.021694048}));

// --- Concurrency 1 with an idle limit: the share of cold starts ---

struct OneWithTtl {
  double rate;
  double warm;
  double cold;
  double ttl;
  double p_cold;
  double lost;
  double environments;
};

class OneEnvironment : public testing::TestWithParam<OneWithTtl> {};

TEST_P(OneEnvironment, IsColdAfterItsIdleLimit) {
  const OneWithTtl row = GetParam();
  SimulatedFunction function = poisson(row.rate, Length::fixed(in_seconds(row.warm)), 1);
  function.behaviour.init = Length::fixed(in_seconds(row.cold - row.warm));
  function.spec.idle_max = in_seconds(row.ttl);
  const Summary summary = summary_of(function, 1'000'000);
  EXPECT_NEAR(share(summary.cold_starts, summary.delivered), row.p_cold, row.p_cold * 0.02);
  const double lost = share(summary.answered(core::Verdict::throttled), summary.arrivals);
  EXPECT_NEAR(lost, row.lost, row.lost * 0.08);
  EXPECT_NEAR(summary.mean_alive(), row.environments, row.environments * 0.005);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OneEnvironment,
    testing::Values(OneWithTtl{0.005, 2, 2.5, 600, 0.049787068, 0.010022990, 0.950711947},
                    OneWithTtl{0.001, 1, 3, 600, 0.548811636, 0.002093232, 0.452337154},
                    OneWithTtl{0.01, 0.5, 1.5, 300, 0.049787068, 0.005467809, 0.950485158},
                    OneWithTtl{1 / 600.0, 2, 2, 600, 0.367879441, 0.003322259, 0.633342750}));

// --- Concurrency 1, a queue, and an init where the idle limit has passed ---

struct OneWithQueue {
  double rate;
  Length run;
  Length init;
  double ttl;
  double mean_wait;
  double tolerance;
};

class OneEnvironmentWithQueue : public testing::TestWithParam<OneWithQueue> {};

TEST_P(OneEnvironmentWithQueue, WaitsForInitsAndForOthers) {
  const OneWithQueue row = GetParam();
  SimulatedFunction function = poisson(row.rate, row.run, 1);
  function.spec.overflow = core::Overflow::queue;
  function.spec.queue_limit = 1'000'000'000;
  function.spec.idle_max = in_seconds(row.ttl);
  function.behaviour.init = row.init;
  const Summary summary = summary_of(function, 2'000'000);
  const double mean_wait =
      static_cast<double>(summary.waiting.count()) / static_cast<double>(summary.delivered) / 1e9;
  EXPECT_NEAR(mean_wait, row.mean_wait, row.mean_wait * row.tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OneEnvironmentWithQueue,
    testing::Values(OneWithQueue{0.5, Length::exponential(in_seconds(1)),
                                 Length::exponential(in_seconds(10)), 5, 4.491926151, 0.03},
                    OneWithQueue{1, Length::fixed(in_seconds(0.2)), Length::fixed(in_seconds(1)), 2,
                                 0.203804383, 0.01},
                    OneWithQueue{0.005, Length::exponential(in_seconds(2)),
                                 Length::fixed(in_seconds(0.5)), 600, 0.045123569, 0.03}));

// --- Most recently used with an idle limit ---

struct MruWithTtl {
  double rate;
  double run;
  double ttl;
  std::uint32_t concurrency;
  double p_cold;
  double environments;
  double tolerance;  // Of p_cold.
};

class MostRecentlyUsed : public testing::TestWithParam<MruWithTtl> {};

TEST_P(MostRecentlyUsed, HasTheExactShareOfColdStartsAndNumberOfEnvironments) {
  const MruWithTtl row = GetParam();
  SimulatedFunction function =
      poisson(row.rate, Length::exponential(in_seconds(row.run)), row.concurrency);
  function.spec.idle_max = in_seconds(row.ttl);
  const Summary summary = summary_of(function, 2'000'000);
  EXPECT_NEAR(share(summary.cold_starts, summary.delivered), row.p_cold,
              row.p_cold * row.tolerance + 1e-5);
  EXPECT_NEAR(summary.mean_alive(), row.environments, row.environments * 0.01);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MostRecentlyUsed,
    testing::Values(MruWithTtl{0.02, 2, 600, 1'000, 0.024508207, 1.368866, 0.02},
                    MruWithTtl{0.1, 2, 600, 1'000, 0.007112761, 2.650489, 0.03},
                    MruWithTtl{0.9, 1.991, 600, 1'000, 0.001329307, 7.691934, 0.08},
                    MruWithTtl{0.9, 1.991, 60, 1'000, 0.016327344, 5.864228, 0.03},
                    MruWithTtl{1, 2, 600, 1'000, 0.001239826, 8.177502, 0.08},
                    MruWithTtl{20, 1, 30, 1'000, 0.003760595, 32.798039, 0.05},
                    MruWithTtl{5, 1, 60, 8, 6.0e-9, 8.0, 0.1}));

// The identity: an arrival is cold exactly if as many environments are busy as at most
// were within the idle limit, whatever the arrivals and durations, and though a cold start takes
// longer.
class WindowRule final : public Observer {
 public:
  explicit WindowRule(Duration ttl) : ttl_(ttl) {}

  void saw(const Step& step) override {
    if (step.input.kind == core::InputKind::completed) change_to(busy_ - 1, step.now);
    for (const core::Action& action : step.actions) {
      if (step.input.kind != core::InputKind::arrive) break;
      if (action.kind == core::ActionKind::answer) continue;  // Throttled: nobody more is busy.
      const bool cold = action.kind == core::ActionKind::start;
      while (!highest_.empty() && highest_.front().until <= step.now - ttl_) highest_.pop_front();
      if (cold != (highest_.empty() || busy_ >= highest_.front().busy)) ++wrong;
      cold ? ++cold_starts : ++warm_starts;
      change_to(busy_ + 1, step.now);
    }
  }

  std::uint64_t wrong = 0;
  std::uint64_t cold_starts = 0;
  std::uint64_t warm_starts = 0;

 private:
  struct Stretch {
    TimePoint until;
    int busy;
  };

  void change_to(int busy, TimePoint now) {
    while (!highest_.empty() && highest_.back().busy <= busy_) highest_.pop_back();
    highest_.push_back({now, busy_});
    busy_ = busy;
  }

  Duration ttl_;
  int busy_ = 0;
  std::deque<Stretch>
      highest_;  // Past numbers of busy environments: each higher than all later ones.
};

TEST(MostRecentlyUsed, IsColdExactlyIfAsManyAreBusyAsAtMostWithinTheIdleLimit) {
  struct {
    double rate;
    std::uint32_t concurrency;
  } constexpr loads[] = {{0.05, 3}, {0.5, 10}, {2, 1'000}};
  for (const auto& [rate, concurrency] : loads) {
    SimulatedFunction function = poisson(rate, Length::exponential(in_seconds(1)), concurrency);
    function.behaviour.init = Length::exponential(in_seconds(3));
    function.arrivals.burst = 2;
    function.spec.idle_max = in_seconds(20);
    Simulation simulation(7, {function});
    WindowRule rule(function.spec.idle_max);
    simulation.watch(rule);
    simulation.run_for(hours(100));
    EXPECT_EQ(rule.wrong, 0u);
    EXPECT_GT(rule.cold_starts, 1'000u);
    EXPECT_GT(rule.warm_starts, 1'000u);
  }
}

// Least recently used keeps the peak alive: with round_robin, at 20 a second
// for 1 s and a limit of 30 s, nothing expires once the pool is as large as the load ever was.
TEST(RoundRobin, NeverShrinksUnderSteadyLoad) {
  SimulatedFunction function = poisson(20, Length::exponential(in_seconds(1)), 45);
  function.spec.strategy = core::Strategy::round_robin;
  function.spec.idle_max = in_seconds(30);
  const Summary summary = summary_of(function, 500'000);
  EXPECT_EQ(summary.cold_starts, 45u);
  EXPECT_EQ(summary.stops, 0u);
}

}  // namespace
}  // namespace smyth::sim
