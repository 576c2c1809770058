#include "test/support/live_scenario_driver.h"
#include "test/support/scenario.h"
#include "test/support/scenario_files.h"

#include <gtest/gtest.h>

// Every file of test/scenarios, through the live driver with fakes around it.

namespace smyth::test {
namespace {

class LiveScenarios : public testing::TestWithParam<std::string> {};

TEST_P(LiveScenarios, GivesTheExpectedDecisionsAndCarriesThemOut) {
  const Result<Scenario> scenario = read_scenario(GetParam());
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const Result<ScenarioOutcome> outcome = run_scenario(*scenario, live_scenario_driver);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->difference, "");
  EXPECT_EQ(outcome->violation, "");
  EXPECT_EQ(scenario->expected, outcome->decisions);
}

INSTANTIATE_TEST_SUITE_P(Files, LiveScenarios, testing::ValuesIn(scenario_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace smyth::test
