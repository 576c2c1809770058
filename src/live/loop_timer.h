#pragma once

#include "live/request.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

namespace smyth::live {

// Real time over the event loop. Scheduler time starts at zero with this object and rises strictly:
// two inputs never have the same stamp, so their order is in the record.
class LoopTimer final : public Timer {
 public:
  LoopTimer(boost::asio::io_context& loop, std::function<void()> on_wake);

  TimePoint now() override;
  std::int64_t unix_ms() override;
  void wake_at(TimePoint when) override;

 private:
  using Steady = std::chrono::steady_clock;

  boost::asio::steady_timer timer_;
  std::function<void()> on_wake_;
  Steady::time_point start_ = Steady::now();
  TimePoint last_{};
};

}  // namespace smyth::live
