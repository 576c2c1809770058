#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstdint>

namespace smyth::core {

// A rate: so many tokens in a period. They come one by one, and never more than `burst`, or those
// of a period, are there at once. Counted in parts of a token, as many as the period has
// nanoseconds, so that nothing is ever rounded.
class TokenBucket {
 public:
  // Full from now on. A count of zero: no limit.
  void fill(std::uint64_t count, Duration period, TimePoint now) {
    fill(count, period, count, now);
  }
  void fill(std::uint64_t count, Duration period, std::uint64_t burst, TimePoint now) {
    count_ = count;
    period_ = static_cast<std::uint64_t>(period.count());
    parts_ = full_ = burst * period_;
    refill_ = count_ == 0 ? 0 : (full_ + count_ - 1) / count_;
    at_ = now;
  }

  bool has_token(TimePoint now) const { return count_ == 0 || parts_at(now) >= period_; }

  // One if there is one; whether there was.
  bool take(TimePoint now) {
    if (count_ == 0) return true;
    const std::uint64_t parts = parts_at(now);
    if (parts < period_) return false;
    parts_ = parts - period_;
    at_ = now;
    return true;
  }

 private:
  std::uint64_t parts_at(TimePoint now) const {
    const auto elapsed = static_cast<std::uint64_t>((now - at_).count());
    return elapsed >= refill_ ? full_ : std::min(full_, parts_ + elapsed * count_);
  }

  std::uint64_t count_ = 0;
  std::uint64_t period_ = 0;
  std::uint64_t parts_ = 0;
  std::uint64_t full_ = 0;
  std::uint64_t refill_ = 0;  // How long an empty one takes to be full, nanoseconds.
  TimePoint at_{};
};

}  // namespace smyth::core
