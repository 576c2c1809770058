#include "test/support/live_scenario_driver.h"
#include "test/support/scenario.h"
#include "test/support/scenario_files.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

// Every file of test/scenarios, through the live driver with fakes around it.

namespace smyth::test {
namespace {

// What cannot happen to the live driver. A scenario that is not here has to pass.
const std::map<std::string, std::string> impossible = {
    {"answered_early", "our bootstraps answer when they are ready for the next: `completed`"},
    {"answered_then_crash", "likewise"},
    {"answered_then_timeout", "likewise"},
    {"next_wait", "likewise"},
    {"next_wait_gone", "likewise"},
    {"next_wait_one_each", "likewise"},
    {"next_wait_over", "likewise"},
    {"next_wait_queue_wait", "likewise"},
    {"next_wait_round_robin", "likewise"},
    {"next_wait_throttle", "likewise"},
    {"account_next_wait", "likewise"},
    {"reserved_concurrency", "likewise"},
};

class LiveScenarios : public testing::TestWithParam<std::string> {};

TEST_P(LiveScenarios, GivesTheExpectedDecisionsAndCarriesThemOut) {
  const Result<Scenario> scenario = read_scenario(GetParam());
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const Result<ScenarioOutcome> outcome = run_scenario(*scenario, live_scenario_driver);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  if (impossible.contains(GetParam())) {
    EXPECT_NE(outcome->violation, "") << "it is possible: take it off the list";
    return;
  }
  EXPECT_EQ(outcome->difference, "");
  EXPECT_EQ(outcome->violation, "");
  EXPECT_EQ(scenario->expected, outcome->decisions);
}

INSTANTIATE_TEST_SUITE_P(Files, LiveScenarios, testing::ValuesIn(scenario_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace smyth::test
