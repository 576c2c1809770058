// Calls a second through the simulator on one core: Poisson traffic, log-normal durations, an
// account, the lives of `aws-2020`, all figures kept. Items are calls.
#include "sim/call_driver.h"
#include "sim/generated_calls.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <span>

namespace smyth::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The load is what is busy on average, in hundredths; how many environments that keeps alive is
// told beside. `reserved` of zero: none.
void calls(benchmark::State& state) {
  const double busy = static_cast<double>(state.range(0)) / 100;
  const auto reserved = static_cast<std::uint32_t>(state.range(1));
  core::Scheduler scheduler;
  const core::AccountSpec account{.concurrency = 20'000, .request_rate = 0};
  static_cast<void>(scheduler.handle(core::Input::limit_account(account), TimePoint{}));
  Tally tally;
  CallDriver driver(scheduler, tally, 1);
  driver.add_function({.spec = {.reserved = reserved > 0 ? reserved : core::unreserved,
                                .overflow = core::Overflow::throttle,
                                .timeout = Duration{0},
                                .idle_max = seconds(1'200),
                                .function_idle_max = seconds(640),
                                .life_max = seconds(7'200)},
                       .duration = Law::lognormal({0.5, milliseconds(1'000)}, {0.99, seconds(8)}),
                       .init = Law::constant(milliseconds(450)),
                       .without_slot_limit = true});
  const double mean_seconds = 1.4911;
  GeneratedCalls traffic({{0, PoissonArrivals{{{TimePoint{}, busy / mean_seconds}}}}}, {"api"},
                         TimePoint::max(), 1);
  std::int64_t done = 0;
  const auto play = [&] {
    const Result<std::span<const traffic::Call>> batch = traffic.next_batch();
    driver.play(*batch);
    done += static_cast<std::int64_t>(batch->size());
  };
  while (static_cast<double>(done) < 20 * busy)
    play();  // Until there are as many as there will be.
  done = 0;
  tally.forget(driver.now());
  for (auto _ : state) play();
  benchmark::DoNotOptimize(scheduler.decision_hash());
  state.SetItemsProcessed(done);
  const Sums sums = tally.sums_until(driver.now());
  state.counters["environments"] =
      static_cast<double>(sums.alive) / static_cast<double>(sums.elapsed);
}

BENCHMARK(calls)
    ->ArgNames({"busy%", "reserved"})
    ->Args({4, 0})
    ->Args({20, 0})
    ->Args({180, 0})
    ->Args({90'000, 1'000})
    ->Args({200'000, 1'000})
    ->Args({950'000, 10'000});

}  // namespace
}  // namespace smyth::sim
