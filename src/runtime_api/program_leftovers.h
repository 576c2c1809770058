#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime_api {

// What of a program still runs when an invocation ends, and so is cut short by the freeze: child
// processes that it has begun since its init and that went on from its answer until it was frozen,
// and connections with bytes that are not read or not sent.
//
// It looks until it has found something, for that is told once: at the first invocations however
// short they are, then at those that took a while.
class ProgramLeftovers {
 public:
  // `program` is 0 where it is not known yet which process it is.
  void init_done(pid_t program);
  void began() { began_ = Steady::now(); }
  void answered(pid_t program);
  // One line, or nothing. The program itself is the first; `except` is where its connections are
  // ours.
  std::string frozen(std::span<const pid_t> processes, std::string_view except);

 private:
  using Steady = std::chrono::steady_clock;

  std::vector<pid_t> own_;  // Since its init.
  Steady::time_point began_;
  int looks_ = 0;
  bool is_done_ = false;
  std::vector<pid_t> at_answer_;  // Empty: nobody looks at this invocation.
};

}  // namespace smyth::runtime_api
