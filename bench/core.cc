// One warm invocation through Scheduler::handle(), an arrival and a completion, with everything on:
// timeouts, expiry of idle environments, the decision hash. One core; items are invocations.
#include "core/scheduler.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace smyth::core {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Running {
  EnvironmentId environment;
  InvocationId invocation;
};

// A function whose `count` environments are all busy, and the loop that keeps them so: one
// completes, the oldest first, and the next arrival gets it or another idle one.
class Warm {
 public:
  explicit Warm(Strategy strategy, std::uint32_t count, std::uint32_t busy) : running_(busy) {
    const FunctionSpec spec{.concurrency = count,
                            .strategy = strategy,
                            .timeout = seconds(6),
                            .idle_max = seconds(600),
                            .life_max = seconds(7'200)};
    function_ = scheduler_.next_function();
    static_cast<void>(scheduler_.handle(Input::configure(function_, spec), now_));
    std::vector<EnvironmentId> started;
    for (std::uint32_t i = 0; i < count; ++i) {
      for (const Action& action : step(Input::arrive(function_)))
        started.push_back(action.environment);
    }
    std::vector<Running> all;
    for (const EnvironmentId environment : started) {
      const Action action = step(Input::ready(environment)).front();
      all.push_back({environment, action.invocation});
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i < busy) {
        running_[i] = all[i];
      } else {
        complete(all[i]);
      }
    }
  }

  void invoke() {
    Running& slot = running_[next_];
    complete(slot);
    // The last action: an idle environment may expire just before.
    const Action& delivered = step(Input::arrive(function_)).back();
    slot = {delivered.environment, delivered.invocation};
    next_ = next_ + 1 == running_.size() ? 0 : next_ + 1;
  }

  std::uint64_t hash() const { return scheduler_.decision_hash(); }

 private:
  std::span<const Action> step(const Input& input) {
    now_ += nanoseconds(20'000);
    return scheduler_.handle(input, now_);
  }
  void complete(const Running& running) {
    benchmark::DoNotOptimize(
        step(Input::completed(running.environment, running.invocation, Outcome::success)).data());
  }

  Scheduler scheduler_;
  TimePoint now_{};
  FunctionId function_;
  std::vector<Running> running_;
  std::size_t next_ = 0;
};

// Half of the environments are busy.
void invocation(benchmark::State& state, Strategy strategy) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Warm warm(strategy, count, count / 2);
  for (auto _ : state) warm.invoke();
  benchmark::DoNotOptimize(warm.hash());
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(invocation, first_warm, Strategy::first_warm)->Arg(8)->Arg(1'000)->Arg(10'000);
BENCHMARK_CAPTURE(invocation, round_robin, Strategy::round_robin)->Arg(8)->Arg(1'000);

}  // namespace
}  // namespace smyth::core
