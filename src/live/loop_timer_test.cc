#include "live/loop_timer.h"

#include <gtest/gtest.h>

namespace smyth::live {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(LoopTimer, RisesStrictlyFromZero) {
  boost::asio::io_context loop;
  LoopTimer timer(loop, [] {});
  TimePoint last{};
  for (int i = 0; i < 10'000; ++i) {
    const TimePoint now = timer.now();
    ASSERT_GT(now, last);
    last = now;
  }
  EXPECT_LT(last.time_since_epoch(), seconds(60));
}

TEST(LoopTimer, WakesNotBeforeItsTime) {
  boost::asio::io_context loop;
  TimePoint woken{};
  LoopTimer* clock = nullptr;
  LoopTimer timer(loop, [&] { woken = clock->now(); });
  clock = &timer;
  const TimePoint when = timer.now() + std::chrono::milliseconds(3);
  timer.wake_at(when);
  loop.run_for(seconds(10));
  EXPECT_GE(woken, when);
}

TEST(LoopTimer, ALaterCallReplacesAnEarlierOne) {
  boost::asio::io_context loop;
  int wakes = 0;
  LoopTimer timer(loop, [&] { ++wakes; });
  timer.wake_at(timer.now() + hours(1));
  timer.wake_at(TimePoint{});  // Has passed: at once.
  loop.run_for(seconds(10));
  EXPECT_EQ(wakes, 1);
  timer.wake_at(timer.now() + hours(1));
  loop.restart();
  loop.poll();
  EXPECT_EQ(wakes, 1);
}

TEST(LoopTimer, KnowsTheCalendar) {
  boost::asio::io_context loop;
  LoopTimer timer(loop, [] {});
  EXPECT_GT(timer.unix_ms(), 1'700'000'000'000);
}

}  // namespace
}  // namespace smyth::live
