#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace smyth::test {

// One function's environments as plainly as can be: a vector that is looked through at each call.
// It knows none of the scheduler's code, and is what the simulator is compared with.
//
// At equal times a completion comes first, then expiry, then an arrival. An environment idle for
// `idle_max` has expired; all idle ones have when no call has ended, and none has run, for
// `function_idle_max`; one of age `life_max` has as soon as it is idle. Zero: no such limit.
class NaivePool {
 public:
  enum class Pick : std::uint8_t { latest_used, earliest_used };
  struct Limits {
    Duration idle_max{0};
    Duration function_idle_max{0};
    Duration life_max{0};
    std::size_t reserved = ~std::size_t{0};
    Pick pick = Pick::latest_used;
  };
  enum class Served : std::uint8_t { warm, cold, throttled };

  explicit NaivePool(Limits limits) : limits_(limits) {}

  Served arrive(TimePoint now, Duration warm, Duration cold) {
    expire(now);
    const auto busy = std::ranges::count_if(pool_, [&](const auto& e) { return e.free_at > now; });
    if (static_cast<std::size_t>(busy) >= limits_.reserved) return Served::throttled;
    Environment* best = nullptr;
    for (Environment& one : pool_) {
      if (one.free_at <= now && (!best || is_better(one, *best))) best = &one;
    }
    if (!best) {
      pool_.push_back({.born = now, .free_at = now + cold, .order = ++order_});
      peak_ = std::max(peak_, pool_.size());
      return Served::cold;
    }
    idle_ += now - best->free_at;
    best->free_at = now + warm;
    best->order = ++order_;
    return Served::warm;
  }

  // Counts the idle time up to `end`, after the last arrival.
  void finish(TimePoint end) {
    expire(end);
    for (const Environment& one : pool_) idle_ += std::max(Duration{0}, end - one.free_at);
  }

  std::size_t peak() const { return peak_; }
  Duration idle() const { return idle_; }

 private:
  struct Environment {
    TimePoint born;
    TimePoint free_at;    // When it is free, or has been since.
    std::uint64_t order;  // Of its calls: of two free since the same time, the later began later.
  };

  bool is_better(const Environment& one, const Environment& other) const {
    const bool is_later =
        one.free_at != other.free_at ? one.free_at > other.free_at : one.order > other.order;
    return is_later == (limits_.pick == Pick::latest_used);
  }

  // When the idle environment dies, if it is not used before.
  TimePoint death_of(const Environment& one, std::optional<TimePoint> all_idle_since) const {
    TimePoint death = TimePoint::max();
    if (limits_.idle_max > Duration{0}) death = one.free_at + limits_.idle_max;
    if (limits_.life_max > Duration{0}) {
      death = std::min(death, std::max(one.free_at, one.born + limits_.life_max));
    }
    if (limits_.function_idle_max > Duration{0} && all_idle_since) {
      death = std::min(death, *all_idle_since + limits_.function_idle_max);
    }
    return death;
  }

  void expire(TimePoint now) {
    std::optional<TimePoint> last;
    bool is_busy = false;
    for (const Environment& one : pool_) {
      if (one.free_at > now)
        is_busy = true;
      else
        last = std::max(last.value_or(one.free_at), one.free_at);
    }
    if (is_busy) last = std::nullopt;
    std::erase_if(pool_, [&](const Environment& one) {
      if (one.free_at > now) return false;
      const TimePoint death = death_of(one, last);
      if (death > now) return false;
      idle_ += death - one.free_at;
      return true;
    });
  }

  Limits limits_;
  std::vector<Environment> pool_;
  std::uint64_t order_ = 0;
  std::size_t peak_ = 0;
  Duration idle_{0};
};

}  // namespace smyth::test
