#pragma once

#include "base/time.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace smyth::runtime {

class Process;

// Stops the processes of environments that rest between two invocations, as Lambda freezes them: a
// thread, a timer or a child that goes on after the answer stands still until the next event.
//
// An environment is frozen once it has rested for `freeze_delay`: one that is needed again at once
// is spared the two signals and the switches they cost, and what runs on in a millisecond nobody
// can tell from a freeze that comes a little late, as Lambda's does.
class Freezer {
 public:
  static constexpr Duration freeze_delay = std::chrono::milliseconds(1);

  explicit Freezer(boost::asio::io_context& loop) : timer_(loop) {}

  // The process rests from now on.
  void rest(const std::shared_ptr<Process>& process);
  // It is about to be given something to do. Everything below it goes on.
  void wake(Process& process);

 private:
  struct Resting {
    std::weak_ptr<Process> process;
    std::uint64_t number;  // Of its rest: another one since then is another entry.
    std::chrono::steady_clock::time_point due;
  };

  void arm();
  void tick();

  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
  std::uint64_t rests_ = 0;
  std::deque<Resting> resting_;  // In the order of their time.
};

}  // namespace smyth::runtime
