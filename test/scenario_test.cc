#include "test/support/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// Every file of test/scenarios, on the scheduler and on the naive one. With --rewrite the text
// after
// `----` is written anew; review the difference.

namespace smyth::test {
namespace {

bool rewrite = false;

std::vector<std::string> scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SMYTH_SCENARIOS)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, GivesTheExpectedDecisions) {
  const std::filesystem::path path = std::filesystem::path(SMYTH_SCENARIOS) / (GetParam() + ".txt");
  const Result<Scenario> scenario = parse_scenario(read(path));
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  ASSERT_TRUE(scenario->script.starts_with("# ")) << "say what it shows and where that is written";
  const Result<ScenarioOutcome> outcome = run_scenario(*scenario);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->difference, "");
  EXPECT_EQ(outcome->violation, "");
  if (rewrite) {
    std::ofstream(path) << scenario->script << outcome->decisions;
  } else {
    EXPECT_EQ(scenario->expected, outcome->decisions);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(scenarios()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace smyth::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) smyth::test::rewrite |= std::string(argv[i]) == "--rewrite";
  return RUN_ALL_TESTS();
}
