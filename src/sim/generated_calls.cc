#include "sim/generated_calls.h"

#include <algorithm>
#include <utility>

namespace smyth::sim {
namespace {

constexpr std::size_t batch_size = 512;
constexpr double second = 1e9;
constexpr double half = 0.5;  // std::llround() is a call, and this is on the path of each call.
constexpr auto never = TimePoint::max();

// Of a time in nanoseconds, rounded to whole ones; beyond the end of time is never.
TimePoint at_nanoseconds(double nanoseconds) {
  if (nanoseconds >= 4e18) return never;
  return TimePoint(Duration(static_cast<Duration::rep>(nanoseconds + half)));
}

TimePoint after(TimePoint from, double nanoseconds) {
  if (from == never || nanoseconds >= 4e18) return never;
  return from + Duration(static_cast<Duration::rep>(nanoseconds + half));
}

// Zero: nothing arrives.
double gap_of(double per_second) { return per_second > 0 ? second / per_second : 0; }

double length_of(TimePoint from, TimePoint until) {
  return static_cast<double>((until - from).count());
}

// The next arrival of a Poisson process whose rate changes: what is left of an exponential number
// is used up in step after step. Nobody asks for one after the end.
template <class NextStep>
TimePoint next_changing(TimePoint from, TimePoint end, TimePoint& until, double& mean_gap,
                        ExponentialNumbers& gaps, NextStep next_step) {
  double left = gaps.next();
  for (;;) {
    if (until == never) return mean_gap > 0 ? after(from, left * mean_gap) : never;
    const double in_step = mean_gap > 0 ? length_of(from, until) / mean_gap : 0;
    if (left < in_step) return after(from, left * mean_gap);
    left -= in_step;
    from = until;
    if (from > end) return never;
    next_step();
  }
}

}  // namespace

GeneratedCalls::GeneratedCalls(std::vector<Stream> streams, std::vector<std::string> names,
                               TimePoint end, std::uint64_t seed)
    : names_(std::move(names)), end_(end) {
  for (std::uint64_t i = 0; i < streams.size(); ++i) {
    streams_.push_back({.stream = std::move(streams[i]),
                        .gaps = ExponentialNumbers(Prng(seed, 2 * i + 1)),
                        .stays = Prng(seed, 2 * i + 2)});
    streams_.back().next_at = next(streams_.back());
    order_.push_back(i);
  }
  std::ranges::make_heap(order_, Later{streams_});
}

Result<std::span<const traffic::Call>> GeneratedCalls::next_batch() {
  batch_.clear();
  while (batch_.size() < batch_size && !order_.empty()) {
    Running& first = streams_[order_.front()];
    if (first.next_at > end_) break;
    batch_.push_back({.at = first.next_at, .function = first.stream.function});
    ++first.taken;
    first.next_at = next(first);
    if (order_.size() == 1) continue;
    std::ranges::pop_heap(order_, Later{streams_});
    std::ranges::push_heap(order_, Later{streams_});
  }
  return std::span<const traffic::Call>(batch_);
}

bool GeneratedCalls::Later::operator()(std::size_t a, std::size_t b) const {
  const TimePoint at_a = streams[a].next_at;
  const TimePoint at_b = streams[b].next_at;
  return at_a != at_b ? at_a > at_b : a > b;
}

TimePoint GeneratedCalls::next(Running& running) {
  return std::visit([&](const auto& arrivals) { return next_of(running, arrivals); },
                    running.stream.arrivals);
}

TimePoint GeneratedCalls::next_of(Running& running, const PoissonArrivals& arrivals) {
  const std::vector<RateStep>& steps = arrivals.steps;
  const auto enter = [&](std::size_t step) {
    running.step = step;
    running.mean_gap = step < steps.size() ? gap_of(steps[step].per_second) : 0;
    running.until = step + 1 < steps.size() ? steps[step + 1].from : never;
  };
  if (running.taken == 0) {
    if (steps.empty()) return never;
    running.next_at = steps.front().from;
    enter(0);
  }
  return next_changing(running.next_at, end_, running.until, running.mean_gap, running.gaps,
                       [&] { enter(running.step + 1); });
}

TimePoint GeneratedCalls::next_of(Running& running, const ConstantArrivals& arrivals) {
  if (arrivals.per_second <= 0) return never;
  return at_nanoseconds(static_cast<double>(running.taken + 1) * second / arrivals.per_second);
}

TimePoint GeneratedCalls::next_of(Running& running, const MarkovArrivals& arrivals) {
  const std::vector<MarkovArrivals::State>& states = arrivals.states;
  const auto enter = [&](std::size_t step) {
    const MarkovArrivals::State& state = states[step % states.size()];
    running.step = step;
    running.mean_gap = gap_of(state.per_second);
    running.until = after(running.until, exponential_number(running.stays) *
                                             static_cast<double>(state.mean_stay.count()));
  };
  if (running.taken == 0) {
    running.until = TimePoint{};
    enter(0);
  }
  return next_changing(running.next_at, end_, running.until, running.mean_gap, running.gaps,
                       [&] { enter(running.step + 1); });
}

TimePoint GeneratedCalls::next_of(Running& running, const BurstArrivals& arrivals) {
  return running.taken < arrivals.count ? arrivals.at : never;
}

}  // namespace smyth::sim
