#pragma once

#include "base/time.h"
#include "core/input.h"
#include "core/scheduler.h"
#include "sim/agenda.h"
#include "sim/observer.h"
#include "sim/process_model.h"

#include <functional>
#include <memory>
#include <string>

namespace smyth::test {

// Who plays a scenario in virtual time: src/sim's driver, or the live one with fakes around it.
// What the processes do of themselves comes from the process model that it was made with.
class ScenarioDriver {
 public:
  virtual ~ScenarioDriver() = default;

  // The one that decides, to look at between two inputs.
  virtual const core::Scheduler& scheduler() const = 0;
  virtual TimePoint now() const = 0;
  virtual void watch(sim::Observer& observer) = 0;

  // As sim::Driver's.
  virtual void run_before(TimePoint at, sim::Rank rank) = 0;
  virtual void run_until(TimePoint end) = 0;
  virtual void submit(const core::Input& input, TimePoint at) = 0;

  // What was wrong with how the actions were carried out; empty if nothing was.
  virtual std::string violation() const = 0;
};

using MakeScenarioDriver =
    std::function<std::unique_ptr<ScenarioDriver>(sim::ProcessModel& processes)>;

std::unique_ptr<ScenarioDriver> sim_scenario_driver(sim::ProcessModel& processes);

}  // namespace smyth::test
