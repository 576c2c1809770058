#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/function.h"
#include "core/scheduler.h"
#include "sim/driver.h"
#include "sim/process_model.h"
#include "sim/workload.h"

#include <cstdint>
#include <vector>

namespace smyth::sim {

// A function, how its processes behave, and its traffic.
struct SimulatedFunction {
  core::FunctionSpec spec;
  Behaviour behaviour;
  Arrivals arrivals;
  Length code_changes = Length::fixed({});  // Between two changes of its code; zero: never.
};

// A run in virtual time of the scheduler under random traffic and faults. All randomness comes from
// the seed: the same functions and seed give the same run.
class Simulation {
 public:
  Simulation(std::uint64_t seed, const std::vector<SimulatedFunction>& functions);

  void watch(Observer& observer) { driver_.watch(observer); }

  // Brings traffic until so many steps are done, or for so long.
  void run_steps(std::uint64_t steps);
  void run_for(Duration length);

  // Brings no more traffic and lets what is under way happen, for so long in virtual time:
  // provisioned environments with a limit of life come and go for ever.
  void drain(Duration length = std::chrono::hours(1));

  // Shuts the scheduler down, with a deadline from now, and lets everything happen.
  void shut_down(Duration grace);

  const core::Scheduler& scheduler() const { return scheduler_; }
  Driver& driver() { return driver_; }
  FunctionId function(std::size_t index) const { return ids_[index]; }

 private:
  struct Changes {
    FunctionId function;
    Length gap;
    TimePoint next_at;
    Prng prng;
  };

  // Tells the scheduler of the functions, once: an observer has to see it.
  void configure();
  // Brings what comes next from outside, unless that is after `end`.
  bool bring_next(TimePoint end);

  std::uint64_t seed_;
  core::Scheduler scheduler_;
  RandomProcesses processes_;
  Driver driver_;
  std::vector<SimulatedFunction> functions_;
  std::vector<FunctionId> ids_;  // Of the functions, in their order.
  std::vector<Workload> workloads_;
  std::vector<Changes> changes_;
};

}  // namespace smyth::sim
