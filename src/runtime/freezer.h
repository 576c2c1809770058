#pragma once

#include "base/time.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <vector>

namespace smyth::runtime {

class Process;

// Stops the processes of environments that rest between two invocations, as Lambda freezes them: a
// thread, a timer or a child that goes on after the answer stands still until the next event.
//
// An environment is frozen once it has rested for `freeze_delay`: one that is needed again at once
// is spared the two signals and the switches they cost, and what runs on in a millisecond nobody
// can tell from a freeze that comes a little late, as Lambda's does. While environments are in
// quick use they are only looked at every `busy_delay`: a timer that fires a thousand times a
// second takes some percent of a virtual machine's processor.
class Freezer {
 public:
  static constexpr Duration freeze_delay = std::chrono::milliseconds(1);
  static constexpr Duration busy_delay = std::chrono::milliseconds(5);

  explicit Freezer(boost::asio::io_context& loop) : timer_(loop) {}

  // The process rests from now on.
  void rest(const std::shared_ptr<Process>& process);
  // It is about to be given something to do. Everything below it goes on.
  void wake(Process& process);

 private:
  void arm(std::chrono::steady_clock::time_point due);
  void tick();

  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
  // Those that rested lately: each once, however often it was woken since.
  std::vector<std::weak_ptr<Process>> watched_;
};

}  // namespace smyth::runtime
