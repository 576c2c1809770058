#pragma once

#include "test/support/scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace smyth::test {

inline std::filesystem::path scenario_path(const std::string& name) {
  return std::filesystem::path(SMYTH_SCENARIOS) / (name + ".txt");
}

// The files of test/scenarios, without folder and ending.
inline std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SMYTH_SCENARIOS)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

inline Result<Scenario> read_scenario(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(scenario_path(name)).rdbuf();
  return parse_scenario(text.str());
}

}  // namespace smyth::test
