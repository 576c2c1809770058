#include "traffic/minutes.h"

#include "base/check.h"

#include <algorithm>

namespace smyth::traffic {
namespace {

constexpr auto minute_ns = static_cast<std::uint64_t>(Minutes::minute.count());

}  // namespace

// Seven bits a byte, the lowest first.
void Minutes::put_number(std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    counts_.push_back(static_cast<std::uint8_t>(number | 0x80));
  }
  counts_.push_back(static_cast<std::uint8_t>(number));
}

std::uint64_t Minutes::take_number(std::size_t& at) const {
  std::uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = counts_[at++];
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

void Minutes::add_function(Duration duration) {
  functions_.push_back({.next = counts_.size(), .end = counts_.size(), .duration = duration});
  written_minute_ = none;
}

void Minutes::add_count(std::uint32_t at, std::uint32_t calls) {
  SMYTH_CHECK(calls > 0 && calls <= count_max);
  SMYTH_CHECK(written_minute_ == none || at > written_minute_);
  put_number(at - written_minute_);  // From `none` that is the minute and one more.
  put_number(calls);
  written_minute_ = at;
  functions_.back().end = counts_.size();
}

void Minutes::advance(Function& function) {
  if (function.next == function.end) {
    function.calls = 0;
    return;
  }
  function.minute += static_cast<std::uint32_t>(take_number(function.next));
  function.calls = static_cast<std::uint32_t>(take_number(function.next));
}

void Minutes::rewind() {
  for (Function& function : functions_) advance(function);
}

// Goes on to the next minute with calls; false if there is none.
bool Minutes::begin_minute() {
  std::uint32_t next = none;
  for (const Function& function : functions_) {
    if (function.calls > 0) next = std::min(next, function.minute);
  }
  if (next == none) return false;
  minute_ = next;
  active_.clear();
  std::uint64_t calls = 0;
  for (std::uint32_t number = 0; number < functions_.size(); ++number) {
    Function& function = functions_[number];
    if (function.calls == 0 || function.minute != minute_) continue;
    const std::uint64_t twice = 2 * std::uint64_t{function.calls};
    active_.push_back({.function = number,
                       .left = function.calls,
                       .whole = minute_ns / twice,
                       .part = minute_ns % twice,
                       .step = 2 * minute_ns / twice,
                       .step_part = 2 * minute_ns % twice,
                       .twice = twice,
                       .duration = function.duration});
    calls += function.calls;
    advance(function);
  }
  slices_ = (calls + batch_calls - 1) / batch_calls;
  slice_ = 0;
  return true;
}

std::span<const Call> Minutes::next_batch() {
  batch_.clear();
  while (batch_.empty()) {
    if (slice_ == slices_ && !begin_minute()) return {};
    const std::uint64_t from = minute_ns * slice_ / slices_;
    const std::uint64_t until = minute_ns * (slice_ + 1) / slices_;
    ++slice_;
    collect(until);
    sort_into_batch(from, until);
  }
  return batch_;
}

// The moments of the present minute before `until` that have not been taken.
void Minutes::collect(std::uint64_t until) {
  moments_.clear();
  for (std::uint32_t number = 0; number < active_.size(); ++number) {
    Active& active = active_[number];
    while (active.left > 0 && active.whole < until) {
      moments_.push_back({active.whole, number});
      --active.left;
      active.whole += active.step;
      active.part += active.step_part;
      if (active.part >= active.twice) {
        active.part -= active.twice;
        ++active.whole;
      }
    }
  }
}

// Moments are spread evenly, so each finds about its place by its value alone; the few that share
// one are sorted by hand. What came first stays first.
void Minutes::sort_into_batch(std::uint64_t from, std::uint64_t until) {
  const std::size_t count = moments_.size();
  if (count == 0) return;
  const std::uint64_t scale = (static_cast<std::uint64_t>(count) << 32) / (until - from);
  const auto bucket_of = [&](const Moment& moment) {
    return static_cast<std::size_t>(((moment.offset - from) * scale) >> 32);
  };
  buckets_.assign(count + 2, 0);
  for (const Moment& moment : moments_) ++buckets_[bucket_of(moment) + 1];
  for (std::size_t i = 1; i < buckets_.size(); ++i) buckets_[i] += buckets_[i - 1];
  sorted_.resize(count);
  for (const Moment& moment : moments_) sorted_[buckets_[bucket_of(moment)]++] = moment;
  for (std::size_t i = 1; i < count; ++i) {
    const Moment moment = sorted_[i];
    std::size_t place = i;
    for (; place > 0 && sorted_[place - 1].offset > moment.offset; --place) {
      sorted_[place] = sorted_[place - 1];
    }
    sorted_[place] = moment;
  }
  batch_.resize(count);
  const std::int64_t start = static_cast<std::int64_t>(minute_ns) * minute_;
  for (std::size_t i = 0; i < count; ++i) {
    const Active& active = active_[sorted_[i].active];
    batch_[i] =
        Call{.at = TimePoint(Duration(start + static_cast<std::int64_t>(sorted_[i].offset))),
             .function = active.function,
             .duration = active.duration,
             .cold_duration = active.duration};
  }
}

}  // namespace smyth::traffic
