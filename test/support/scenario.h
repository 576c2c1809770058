#pragma once

#include "base/result.h"
#include "base/time.h"
#include "core/function.h"
#include "test/support/scenario_driver.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::test {

// A scenario: what happens to the scheduler, and below the line `----` what it decides.
//
//   # Two at once need two environments; the third is throttled. (docs/reference/lambda.md 4.2)
//   function orders concurrency=2 overflow=throttle init=200ms runs=50ms
//   at 0ms invoke a b c
//   ----
//   0ms    start orders:0#1 for a  cold
//
// Lines before `----`:
//
//   function NAME key=value...          a function; the keys are below
//   account key=value...                the account: concurrency, scaling, request_rate; also `at
//   TIME` at TIME configure NAME key=value... changes them at TIME remove NAME likewise `change`
//   (of its code) at TIME invoke a b [key=value...]   arrivals, in the last function named unless
//   `of=NAME`;
//                                       likewise `event` for asynchronous ones. Keys: runs, ends
//   at TIME abandon a                   likewise `prepared`, `prepare_failed`, `choice_failed`
//   at TIME answered a [error]          likewise `completed`
//   at TIME chosen a 1                  the strategy has chosen slot 1
//   at TIME ready orders:0#1            likewise `exited`, `paused`, `resumed`; `#1@1` is the first
//                                       start of #1 where there are more
//   at TIME failed orders:0#1 reported  or `exited` or `spawn`
//   at TIME shutdown 500ms              with its grace
//   at TIME tick
//   at TIME show                        writes down how all slots look
//   at TIME end                         as the last line: nothing happens after TIME; without it
//                                       everything happens that is pending
//
// Keys of a function are those of core::FunctionSpec (`timeout=0s` is none, `prepares=yes`) and how
// its processes behave: init, init_ends (ready, reported, exited, spawn), runs, ends (success,
// error, crash), prepare, answers (how much earlier than ready for the next it has answered).
// Without `init`, `runs` or `prepare` nothing follows by itself, and the script says what happens.
struct Scenario {
  struct Line {
    int number = 0;
    std::optional<TimePoint> at;
    std::vector<std::string> words;              // Without `at TIME` and the keys.
    std::map<std::string, std::string> options;  // The keys.
  };

  std::string script;  // Everything up to and including `----`.
  std::vector<Line> lines;
  std::string expected;  // Everything after.
};

Result<Scenario> parse_scenario(std::string_view text);

struct ScenarioOutcome {
  std::string decisions;   // As after `----`.
  std::string difference;  // Between the scheduler and the naive one; empty if there is none.
  std::string violation;   // Of what must always hold; empty if there is none.
};

// Runs a scenario through a driver, in virtual time, under the checkers; the naive scheduler beside
// it has to decide the same.
Result<ScenarioOutcome> run_scenario(const Scenario& scenario,
                                     const MakeScenarioDriver& make_driver = sim_scenario_driver);

}  // namespace smyth::test
