#include "sim/tally.h"

#include <utility>

namespace smyth::sim {

Sums& Sums::operator+=(const Sums& other) {
  calls += other.calls;
  served += other.served;
  cold += other.cold;
  errors += other.errors;
  timeouts += other.timeouts;
  answered += other.answered;
  throttled += other.throttled;
  retries += other.retries;
  waited += other.waited;
  billed_ms += other.billed_ms;
  wait += other.wait;
  run += other.run;
  init += other.init;
  elapsed += other.elapsed;
  busy += other.busy;
  alive += other.alive;
  return *this;
}

Sums Sums::operator-(const Sums& earlier) const {
  return {.calls = calls - earlier.calls,
          .served = served - earlier.served,
          .cold = cold - earlier.cold,
          .waited = waited - earlier.waited,
          .throttled = throttled - earlier.throttled,
          .retries = retries - earlier.retries,
          .answered = answered - earlier.answered,
          .errors = errors - earlier.errors,
          .timeouts = timeouts - earlier.timeouts,
          .billed_ms = billed_ms - earlier.billed_ms,
          .wait = wait - earlier.wait,
          .run = run - earlier.run,
          .init = init - earlier.init,
          .elapsed = elapsed - earlier.elapsed,
          .busy = busy - earlier.busy,
          .alive = alive - earlier.alive};
}

void Occupancy::add_to(Sums& sums, TimePoint now) {
  change_busy(busy_, now);
  change_alive(alive_, now);
  for (std::size_t number = 0; number < time_by_alive_.size(); ++number) {
    sums.alive += Total{static_cast<std::uint64_t>(time_by_alive_[number].count())} * number;
  }
  for (std::size_t number = 0; number < time_by_busy_.size(); ++number) {
    const auto length = static_cast<std::uint64_t>(time_by_busy_[number].count());
    sums.elapsed += length;
    sums.busy += Total{length} * number;
  }
}

void Occupancy::forget(TimePoint now) {
  const std::uint32_t busy = busy_;
  const std::uint32_t alive = alive_;
  *this = {};
  busy_since_ = alive_since_ = now;
  change_busy(busy, now);
  change_alive(alive, now);
}

Sums FunctionTally::sums_until(TimePoint now) {
  Sums all = sums;
  environments.add_to(all, now);
  return all;
}

void Tally::add_function() {
  if (functions_.size() == 1) together_ = functions_.front().environments;
  functions_.emplace_back();
  is_shared_ = functions_.size() > 1;
  functions_.back().batches.resize(batch_count_);
}

namespace {

// Time passes once, however many functions there are.
void add_beside(Sums& all, const Sums& one) {
  const Total elapsed = std::max(all.elapsed, one.elapsed);
  all += one;
  all.elapsed = elapsed;
}

}  // namespace

Sums Tally::sums_until(TimePoint now) {
  Sums all;
  for (FunctionTally& function : functions_) add_beside(all, function.sums_until(now));
  return all;
}

std::vector<Sums> Tally::batches() const {
  std::vector<Sums> all(batch_count_);
  for (const FunctionTally& function : functions_) {
    for (std::size_t i = 0; i < batch_count_; ++i) add_beside(all[i], function.batches[i]);
  }
  return all;
}

void Tally::end_batch(TimePoint now) {
  const bool is_full = batch_count_ + 1 == batches_max;
  for (FunctionTally& function : functions_) {
    const Sums sums = function.sums_until(now);
    function.batches.push_back(sums - function.before_batch);
    function.before_batch = sums;
    if (!is_full) continue;
    for (std::size_t i = 0; i < batches_max / 2; ++i) {
      function.batches[i] = function.batches[2 * i];
      function.batches[i] += function.batches[2 * i + 1];
    }
    function.batches.resize(batches_max / 2);
  }
  batch_count_ = is_full ? batches_max / 2 : batch_count_ + 1;
  if (is_full) batch_calls_ *= 2;
  left_in_batch_ = batch_calls_;
}

void Tally::forget(TimePoint now) {
  for (FunctionTally& function : functions_) {
    Occupancy environments = std::move(function.environments);
    environments.forget(now);
    function = {};
    function.environments = std::move(environments);
  }
  together_.forget(now);
  batch_count_ = 0;
  left_in_batch_ = batch_calls_ = 64;
}

}  // namespace smyth::sim
