// Calls a second through the simulator on one core: Poisson traffic, log-normal durations, an
// account, the lives of `aws-2020`, all figures kept. Items are calls.
#include "sim/call_driver.h"
#include "sim/generated_calls.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

namespace smyth::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// As many environments are busy on average as the argument says.
void calls(benchmark::State& state, bool with_account) {
  const auto busy = static_cast<double>(state.range(0));
  const Law duration = Law::lognormal({0.5, milliseconds(80)}, {0.99, milliseconds(900)});
  const double mean_seconds = 0.1376;
  core::Scheduler scheduler;
  if (with_account) {
    const core::AccountSpec account{.concurrency = 100'000};
    static_cast<void>(scheduler.handle(core::Input::limit_account(account), TimePoint{}));
  }
  const CallFunction function{.spec = {.overflow = core::Overflow::throttle,
                                       .timeout = Duration{0},
                                       .idle_max = seconds(1'200),
                                       .function_idle_max = seconds(640),
                                       .life_max = seconds(7'200)},
                              .duration = duration,
                              .init = Law::constant(milliseconds(450)),
                              .without_slot_limit = true};
  Tally tally;
  CallDriver driver(scheduler, tally, 1);
  driver.add_function(function);
  GeneratedCalls traffic({{0, PoissonArrivals{{{TimePoint{}, busy / mean_seconds}}}}}, {"api"},
                         TimePoint::max(), 1);
  std::int64_t done = 0;
  for (auto _ : state) {
    const Result<std::span<const traffic::Call>> batch = traffic.next_batch();
    driver.play(*batch);
    done += static_cast<std::int64_t>(batch->size());
  }
  benchmark::DoNotOptimize(scheduler.decision_hash());
  state.SetItemsProcessed(done);
  state.counters["cold"] =
      static_cast<double>(tally.function(0).sums.cold) / static_cast<double>(done);
}

BENCHMARK_CAPTURE(calls, unlimited, false)->Arg(1)->Arg(4)->Arg(8)->Arg(1'000)->Arg(10'000);
BENCHMARK_CAPTURE(calls, account, true)->Arg(1)->Arg(4)->Arg(8)->Arg(1'000)->Arg(10'000);

}  // namespace
}  // namespace smyth::sim
