#include "calibrate/replay.h"

#include "core/scheduler.h"
#include "sim/call_driver.h"
#include "sim/tally.h"

#include <algorithm>
#include <cmath>

namespace smyth::calibrate {
namespace {

class Comparison final : public sim::CallObserver {
 public:
  Comparison(const Trace& trace, TimePoint from) : trace_(trace), from_(from) {}

  void answered(const sim::CallRecord& call) override {
    if (call.arrived < from_) return;
    const bool was_cold = trace_.calls[call.number - 1].start == traffic::Start::cold;
    ++score.calls;
    score.recorded_cold += was_cold ? 1 : 0;
    score.replayed_cold += call.cold ? 1 : 0;
    score.both_cold += was_cold && call.cold ? 1 : 0;
  }

  Score score;

 private:
  const Trace& trace_;
  TimePoint from_;
};

class Marking final : public sim::CallObserver {
 public:
  explicit Marking(Trace& trace) : trace_(trace) {}

  void answered(const sim::CallRecord& call) override {
    trace_.calls[call.number - 1].start = call.cold ? traffic::Start::cold : traffic::Start::warm;
  }

 private:
  Trace& trace_;
};

void play(const Trace& trace, const Constants& constants, sim::CallObserver& observer) {
  const sim::CallFunction function{.spec = {.overflow = core::Overflow::throttle,
                                            .timeout = Duration{0},
                                            .queue_wait = Duration{0},
                                            .init_timeout = Duration{0},
                                            .idle_max = constants.surplus_idle,
                                            .function_idle_max = constants.function_idle,
                                            .life_max = constants.max_life},
                                   .without_slot_limit = true};
  core::Scheduler scheduler;
  sim::Tally tally;
  sim::CallDriver driver(scheduler, tally, 0);
  driver.add_function(function);
  driver.watch(&observer);
  Duration longest{0};
  for (const traffic::Call& call : trace.calls) longest = std::max(longest, call.duration);
  driver.play(trace.calls);
  driver.run_until(trace.calls.back().at + longest);
}

}  // namespace

double Score::count_error() const {
  const double recorded = static_cast<double>(recorded_cold);
  return std::abs(static_cast<double>(replayed_cold) - recorded) / std::max(recorded, 1.0);
}

Score& Score::operator+=(const Score& other) {
  calls += other.calls;
  recorded_cold += other.recorded_cold;
  replayed_cold += other.replayed_cold;
  both_cold += other.both_cold;
  return *this;
}

Score replay(const Trace& trace, const Constants& constants, Duration settle) {
  Comparison comparison(trace, trace.calls.front().at + settle);
  play(trace, constants, comparison);
  return comparison.score;
}

void mark_cold(Trace& trace, const Constants& constants) {
  Marking marking(trace);
  play(trace, constants, marking);
}

}  // namespace smyth::calibrate
