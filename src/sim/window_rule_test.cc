// The window rule: with the most recently used environment served first and one length of idle
// time T, a call at t is cold if and only if as many environments are busy as were at most in
// (t - T, t). It holds for any arrivals and durations, for cold calls that take longer, and with
// reserved concurrency. It is worked out here from the numbers of busy environments alone.
//
// SMYTH_TRACES says how many random traces are played (default: 10,000).
#include "base/prng.h"
#include "core/account.h"
#include "core/scheduler.h"
#include "sim/call_driver.h"
#include "sim/tally.h"
#include "test/support/naive_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace smyth::sim {
namespace {

using std::chrono::milliseconds;
using test::NaivePool;
using Served = NaivePool::Served;

struct RandomTrace {
  std::vector<traffic::Call> calls;
  NaivePool::Limits limits;
  bool limits_slots = false;  // By the number of slots instead of by reserved concurrency.
};

// On a coarse grid of times, so that much happens at the same one.
RandomTrace random_trace(Prng& prng) {
  const auto tick = milliseconds(prng.below(2) == 0 ? 1 : 100);
  const std::uint64_t gap_max = 1 + prng.below(12);
  const std::uint64_t warm_max = 1 + prng.below(20);
  const std::uint64_t extra_max = prng.below(3) * 10;
  RandomTrace trace;
  trace.limits.idle_max = tick * static_cast<std::int64_t>(1 + prng.below(40));
  if (prng.below(2) == 0) trace.limits.reserved = 1 + prng.below(6);
  trace.limits_slots = prng.below(2) == 0;
  TimePoint at{};
  const std::uint64_t count = 1 + prng.below(80);
  for (std::uint64_t i = 0; i < count; ++i) {
    at += tick * static_cast<std::int64_t>(prng.below(gap_max + 1));
    if (prng.below(20) == 0) at += trace.limits.idle_max;
    const Duration warm = tick * static_cast<std::int64_t>(1 + prng.below(warm_max));
    const Duration cold = warm + tick * static_cast<std::int64_t>(prng.below(extra_max + 1));
    trace.calls.push_back({.at = at, .duration = warm, .cold_duration = cold});
  }
  return trace;
}

// By the rule. `steps` are the numbers of busy environments and since when.
std::vector<Served> by_rule(const RandomTrace& trace) {
  std::vector<std::pair<TimePoint, std::size_t>> steps = {{TimePoint::min(), 0}};
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> ends;
  std::vector<Served> served;
  const auto busy = [&] { return steps.back().second; };
  for (const traffic::Call& call : trace.calls) {
    for (; !ends.empty() && ends.top() <= call.at; ends.pop()) {
      steps.emplace_back(ends.top(), busy() - 1);
    }
    if (busy() >= trace.limits.reserved) {
      served.push_back(Served::throttled);
      continue;
    }
    std::size_t most = 0;
    TimePoint until = call.at;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      const bool overlaps = step->first < call.at && until > call.at - trace.limits.idle_max;
      if (overlaps) most = std::max(most, step->second);
      until = step->first;
      if (until <= call.at - trace.limits.idle_max) break;
    }
    const bool is_cold = busy() >= most;
    served.push_back(is_cold ? Served::cold : Served::warm);
    ends.push(call.at + (is_cold ? call.cold_duration : call.duration));
    steps.emplace_back(call.at, busy() + 1);
  }
  return served;
}

std::vector<Served> by_naive_pool(const RandomTrace& trace) {
  NaivePool pool(trace.limits);
  std::vector<Served> served;
  for (const traffic::Call& call : trace.calls) {
    served.push_back(pool.arrive(call.at, call.duration, call.cold_duration));
  }
  return served;
}

class Answers final : public CallObserver {
 public:
  explicit Answers(std::size_t calls) : served(calls) {}
  void answered(const CallRecord& call) override {
    served[call.number - 1] = call.verdict == core::Verdict::throttled ? Served::throttled
                              : call.cold                              ? Served::cold
                                                                       : Served::warm;
  }
  std::vector<Served> served;
};

std::vector<Served> by_simulator(const RandomTrace& trace) {
  CallFunction function{.spec = {.overflow = core::Overflow::throttle,
                                 .timeout = Duration{0},
                                 .queue_wait = Duration{0},
                                 .init_timeout = Duration{0},
                                 .idle_max = trace.limits.idle_max,
                                 .function_idle_max = trace.limits.function_idle_max,
                                 .life_max = trace.limits.life_max},
                        .without_slot_limit = true};
  if (trace.limits.reserved != ~std::size_t{0}) {
    const auto reserved = static_cast<std::uint32_t>(trace.limits.reserved);
    function.without_slot_limit = !trace.limits_slots;
    (trace.limits_slots ? function.spec.concurrency : function.spec.reserved) = reserved;
  }
  core::Scheduler scheduler;
  // Reserved concurrency without the rate of requests that goes with it.
  const core::AccountSpec account{.concurrency = 0, .scaling = 0, .request_rate = 0};
  static_cast<void>(scheduler.handle(core::Input::limit_account(account), TimePoint{}));
  Tally tally;
  CallDriver driver(scheduler, tally, 1);
  driver.add_function(function);
  Answers answers(trace.calls.size());
  driver.watch(&answers);
  driver.play(trace.calls);
  driver.run_until(trace.calls.back().at + std::chrono::hours(1));
  return answers.served;
}

// What tells of a difference: the first call that was served differently, and what led to it.
std::string difference(const RandomTrace& trace, const std::vector<Served>& one,
                       const std::vector<Served>& other) {
  if (one == other) return {};
  const auto ms = [](Duration length) { return std::to_string(length / milliseconds(1)); };
  std::string text = "idle_max " + ms(trace.limits.idle_max) + " function_idle_max " +
                     ms(trace.limits.function_idle_max) + " life_max " + ms(trace.limits.life_max) +
                     " reserved " + std::to_string(trace.limits.reserved) + "\n";
  for (std::size_t i = 0; i < one.size(); ++i) {
    const traffic::Call& call = trace.calls[i];
    text += ms(call.at.time_since_epoch()) + " ms: warm " + ms(call.duration) + " cold " +
            ms(call.cold_duration) + ": " + std::to_string(static_cast<int>(one[i])) + " " +
            std::to_string(static_cast<int>(other[i])) + "\n";
    if (one[i] != other[i]) break;
  }
  return text;
}

std::uint64_t traces() {
  const char* const given = std::getenv("SMYTH_TRACES");
  return given ? std::stoull(given) : 10'000;
}

TEST(WindowRule, IsWhatTheSimulatorDoes) {
  for (std::uint64_t seed = 1; seed <= traces(); ++seed) {
    Prng prng(seed);
    const RandomTrace trace = random_trace(prng);
    const std::vector<Served> expected = by_rule(trace);
    ASSERT_EQ(difference(trace, by_simulator(trace), expected), "") << "seed " << seed;
    ASSERT_EQ(difference(trace, by_naive_pool(trace), expected), "") << "seed " << seed;
  }
}

// With all three rules of life there is no such rule: two programs that must agree.
TEST(WindowRule, NaivePoolHasTheLivesOfTheSimulator) {
  for (std::uint64_t seed = 1; seed <= traces(); ++seed) {
    Prng prng(seed, 1);
    RandomTrace trace = random_trace(prng);
    const auto some = [&prng] { return milliseconds(prng.below(3) == 0 ? 0 : 1 + prng.below(90)); };
    trace.limits.idle_max = some();
    trace.limits.function_idle_max = some();
    trace.limits.life_max = some();
    ASSERT_EQ(difference(trace, by_simulator(trace), by_naive_pool(trace)), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace smyth::sim
