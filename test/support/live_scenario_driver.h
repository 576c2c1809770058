#pragma once

#include "test/support/scenario_driver.h"

#include <memory>

namespace smyth::test {

// The live driver with fakes around it, in virtual time. Its decisions are read from its record,
// and a scheduler of its own repeats them; each has to be carried out by one call of an adapter, in
// order.
std::unique_ptr<ScenarioDriver> live_scenario_driver(sim::ProcessModel& processes);

// The same with files that were saved just now. The driver does not believe at once that such code
// does not load; the scheduler hears of it later than the process model says.
std::unique_ptr<ScenarioDriver> doubting_live_driver(sim::ProcessModel& processes);

}  // namespace smyth::test
