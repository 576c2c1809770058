#include "test/support/scenario.h"
#include "test/support/scenario_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

// Every file of test/scenarios, on the scheduler through src/sim's driver and on the naive one.
// With
// --rewrite the text after `----` is written anew; review the difference.

namespace smyth::test {
namespace {

bool rewrite = false;

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, GivesTheExpectedDecisions) {
  const Result<Scenario> scenario = read_scenario(GetParam());
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  ASSERT_TRUE(scenario->script.starts_with("# ")) << "say what it shows and where that is written";
  const Result<ScenarioOutcome> outcome = run_scenario(*scenario);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->difference, "");
  EXPECT_EQ(outcome->violation, "");
  if (rewrite) {
    std::ofstream(scenario_path(GetParam())) << scenario->script << outcome->decisions;
  } else {
    EXPECT_EQ(scenario->expected, outcome->decisions);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(scenario_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace smyth::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) smyth::test::rewrite |= std::string(argv[i]) == "--rewrite";
  return RUN_ALL_TESTS();
}
