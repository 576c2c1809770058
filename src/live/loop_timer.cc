#include "live/loop_timer.h"

#include <algorithm>
#include <utility>

namespace smyth::live {

LoopTimer::LoopTimer(boost::asio::io_context& loop, std::function<void()> on_wake)
    : timer_(loop), on_wake_(std::move(on_wake)) {}

TimePoint LoopTimer::now() {
  const TimePoint measured{std::chrono::duration_cast<Duration>(Steady::now() - start_)};
  last_ = std::max(measured, last_ + Duration(1));
  return last_;
}

std::int64_t LoopTimer::unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void LoopTimer::wake_at(TimePoint when) {
  timer_.expires_at(start_ + when.time_since_epoch());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_wake_();
  });
}

}  // namespace smyth::live
