// The Azure sample to the unit: cold starts, peaks and idle time that the same traffic has given
// elsewhere, of the simulator and of a naive pool. docs/reference/simulation.md has the expansion.
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
#include <string>
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
