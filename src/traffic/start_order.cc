#include "traffic/start_order.h"

#include <algorithm>
#include <tuple>

namespace smyth::traffic {

bool StartOrder::is_later(const Entry& left, const Entry& right) {
  return std::tuple(left.call.at, left.sequence) > std::tuple(right.call.at, right.sequence);
}

bool StartOrder::add(const Call& call, TimePoint end) {
  if (call.at < taken_ || is_full()) return false;
  calls_.push_back({call, sequence_++});
  std::ranges::push_heap(calls_, is_later);
  newest_end_ = std::max(newest_end_, end);
  return true;
}

std::optional<Call> StartOrder::take(Left left) {
  if (calls_.empty()) return std::nullopt;
  if (left == Left::some && calls_.front().call.at + window > newest_end_) return std::nullopt;
  std::ranges::pop_heap(calls_, is_later);
  const Call call = calls_.back().call;
  calls_.pop_back();
  taken_ = call.at;
  return call;
}

}  // namespace smyth::traffic
