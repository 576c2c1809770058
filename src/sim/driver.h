#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/scheduler.h"
#include "sim/agenda.h"
#include "sim/observer.h"
#include "sim/process_model.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace smyth::sim {

// Carries out the scheduler's actions in virtual time: whatever an action leads to is put on an
// agenda and comes back as an input when its moment has come. Time passes only here, in jumps from
// one input to the next. Inputs at equal times are submitted in the contract's order.
//
// Whoever brings traffic runs the driver up to the moment of an input and then submits it:
//
//   driver.run_before(at, Rank::arrival);
//   driver.submit(core::Input::arrive(function), at);
class Driver {
 public:
  // Both must outlive the driver.
  Driver(core::Scheduler& scheduler, ProcessModel& processes);

  // `observer` sees every step from now on and must outlive the driver.
  void watch(Observer& observer) { observers_.push_back(&observer); }

  // Lets everything happen that comes before an input of this rank at this time.
  void run_before(TimePoint at, Rank rank);

  // Lets everything happen until nothing is left to happen, or up to and including `end`.
  void run_until(TimePoint end);

  // Hands an input to the scheduler, at a time not before now(), and carries out what follows.
  // The id is the new invocation's, none for other inputs than `arrive`.
  InvocationId submit(const core::Input& input, TimePoint at);

  // Puts an input on the agenda. It does not happen if its environment has died before.
  void schedule(const core::Input& input, TimePoint at) { agenda_.add(input, at); }

  TimePoint now() const { return now_; }
  std::uint64_t steps() const { return steps_; }

 private:
  struct Environment {
    EnvironmentId id;
    FunctionId function;
    bool alive = false;
  };

  void step_once();
  bool still_true(const core::Input& input) const;
  void perform(const core::Action& action);
  void follow(const core::Action& action, FunctionId function);
  void note(const core::Input& input);
  std::optional<TimePoint> due() const;

  core::Scheduler& scheduler_;
  ProcessModel& processes_;
  std::vector<Observer*> observers_;
  Agenda agenda_;
  TimePoint now_{};
  std::uint64_t steps_ = 0;
  std::vector<Environment> environments_;  // By index of the id.
  std::vector<FunctionId> functions_;      // Of each invocation, by index of its id.
};

}  // namespace smyth::sim
