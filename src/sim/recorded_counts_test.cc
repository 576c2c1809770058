// Counts to the unit, of the simulator and of a naive pool. The Azure sample: cold starts, peaks
// and idle time that the same traffic has given elsewhere, of the simulator and of a naive pool.
// docs/reference/simulation.md has the expansion.
#include "base/prng.h"
#include "core/scheduler.h"
#include "sim/call_driver.h"
#include "sim/tally.h"
#include "test/support/naive_pool.h"
#include "test/support/recorded_data.h"
#include "traffic/readers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::seconds;
using test::NaivePool;

constexpr TimePoint end_of_day{std::chrono::hours(24)};

struct Counts {
  std::uint64_t calls = 0;
  std::uint64_t cold = 0;
  std::uint64_t peaks = 0;
  std::uint64_t idle_ms = 0;

  bool operator==(const Counts&) const = default;
};

std::uint64_t rounded_ms(std::uint64_t nanoseconds) { return (nanoseconds + 500'000) / 1'000'000; }

std::unique_ptr<traffic::CallSource> sample(const std::string& data) {
  auto source =
      traffic::open_azure_2019(data + "/azure-2019/100_inv.csv", data + "/azure-2019/100_run.csv");
  EXPECT_TRUE(source);
  return source ? std::move(*source) : nullptr;
}

Counts of_pools(traffic::CallSource& source, NaivePool::Limits limits) {
  Counts counts;
  std::vector<NaivePool> pools(source.functions().size(), NaivePool(limits));
  for (;;) {
    const auto batch = source.next_batch();
    if (!batch || batch->empty()) break;
    counts.calls += batch->size();
    for (const traffic::Call& call : *batch) {
      const auto served = pools[call.function].arrive(call.at, call.duration, call.cold_duration);
      counts.cold += served == NaivePool::Served::cold ? 1 : 0;
    }
  }
  std::uint64_t idle = 0;
  for (NaivePool& pool : pools) {
    pool.finish(end_of_day);
    counts.peaks += pool.peak();
    idle += static_cast<std::uint64_t>(pool.idle().count());
  }
  counts.idle_ms = rounded_ms(idle);
  return counts;
}

Counts of_simulator(traffic::CallSource& source, Duration idle_max) {
  const CallFunction function{.spec = {.overflow = core::Overflow::throttle,
                                       .timeout = Duration{0},
                                       .queue_wait = Duration{0},
                                       .init_timeout = Duration{0},
                                       .idle_max = idle_max},
                              .without_slot_limit = true};
  core::Scheduler scheduler;
  Tally tally;
  CallDriver driver(scheduler, tally, 1);
  for (std::size_t i = 0; i < source.functions().size(); ++i) driver.add_function(function);
  for (;;) {
    const auto batch = source.next_batch();
    if (!batch || batch->empty()) break;
    driver.play(*batch);
  }
  driver.run_until(end_of_day);
  Counts counts{.calls = driver.arrived()};
  Total idle = 0;
  for (std::uint32_t i = 0; i < driver.function_count(); ++i) {
    const Sums sums = tally.function(i).sums_until(end_of_day);
    idle += sums.alive - sums.busy;
    counts.peaks += tally.function(i).environments.alive_peak();
    counts.cold += tally.function(i).started;
  }
  counts.idle_ms = rounded_ms(static_cast<std::uint64_t>(idle));
  return counts;
}

// Calls of some functions on a coarse grid of times, so that much happens in the same moment.
class CoarseCalls final : public traffic::CallSource {
 public:
  CoarseCalls() : names_(functions_max, "") {
    Prng prng(4, 4);
    TimePoint at{};
    while (at < end_of_day) {
      calls_.push_back({.at = at,
                        .function = static_cast<std::uint32_t>(prng.below(functions_max)),
                        .duration = seconds(1 + prng.below(20)),
                        .cold_duration = seconds(5 + prng.below(20))});
      at += seconds(prng.below(prng.below(100) == 0 ? 100 : 5));
    }
  }
  Result<std::span<const traffic::Call>> next_batch() override {
    const std::size_t count = std::exchange(is_given_, true) ? 0 : calls_.size();
    return std::span<const traffic::Call>(calls_).first(count);
  }
  std::span<const std::string> functions() const override { return names_; }

 private:
  static constexpr std::size_t functions_max = 10;

  std::vector<std::string> names_;
  std::vector<traffic::Call> calls_;
  bool is_given_ = false;
};

TEST(Counts, OfManyCallsAtEqualTimesAreThoseOfANaivePool) {
  CoarseCalls for_pools;
  CoarseCalls for_simulator;
  const Counts counts = of_simulator(for_simulator, seconds(60));
  EXPECT_EQ(counts, of_pools(for_pools, {.idle_max = seconds(60)}));
  EXPECT_GT(counts.cold, 1'000U);
  EXPECT_GT(counts.calls, 2 * counts.cold);
}

TEST(RecordedCounts, OfTheMostRecentlyUsedWithinAMinute) {
  SMYTH_NEEDS_RECORDED_DATA(data);
  const Counts expected{621'128, 34'571, 2'128, 2'892'717'260};
  EXPECT_EQ(of_pools(*sample(data), {.idle_max = seconds(60)}), expected);
  EXPECT_EQ(of_simulator(*sample(data), seconds(60)), expected);
}

TEST(RecordedCounts, OfTheMostRecentlyUsedWithinTenMinutes) {
  SMYTH_NEEDS_RECORDED_DATA(data);
  const Counts expected{621'128, 15'540, 2'128, 14'108'985'461};
  EXPECT_EQ(of_pools(*sample(data), {.idle_max = seconds(600)}), expected);
  EXPECT_EQ(of_simulator(*sample(data), seconds(600)), expected);
}

TEST(RecordedCounts, OfTheLeastRecentlyUsed) {
  SMYTH_NEEDS_RECORDED_DATA(data);
  const Counts expected{621'128, 14'005, 2'128, 18'860'737'547};
  const NaivePool::Limits limits{.idle_max = seconds(600), .pick = NaivePool::Pick::earliest_used};
  EXPECT_EQ(of_pools(*sample(data), limits), expected);
}

}  // namespace
}  // namespace smyth::sim
