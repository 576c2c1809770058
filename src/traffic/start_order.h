#pragma once

#include "base/time.h"
#include "traffic/call.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace smyth::traffic {

// Calls by their starts, given by their ends: one that ends later may have begun before, but not
// longer ago than the longest that Lambda lets a call take.
class StartOrder {
 public:
  // Fifteen minutes, an init, and some for logs that are not quite in order.
  static constexpr Duration window = std::chrono::minutes(16);
  static constexpr std::size_t calls_max = std::size_t{1} << 22;

  // False if the call comes too late, after one that began later and has been taken; or if there
  // are too many.
  [[nodiscard]] bool add(const Call& call, TimePoint end);

  // The next call that no later one can come before; with `Left::all` no more are added.
  enum class Left : unsigned char { some, all };
  std::optional<Call> take(Left left);

  bool is_full() const { return calls_.size() >= calls_max; }

 private:
  struct Entry {
    Call call;
    std::size_t sequence;
  };
  static bool is_later(const Entry& left, const Entry& right);

  std::vector<Entry> calls_;  // A heap, the earliest first.
  std::size_t sequence_ = 0;
  TimePoint newest_end_ = TimePoint::min();
  TimePoint taken_ = TimePoint::min();
};

}  // namespace smyth::traffic
