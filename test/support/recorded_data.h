#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace smyth::test {

// The folder of recorded data, which is no part of the project: $SMYTH_DATA, else the one beside
// the repository (of any of its working trees). Empty where there is none; a test that needs it
// then says so and is skipped.
inline std::string recorded_data() {
  const char* const given = std::getenv("SMYTH_DATA");
  if (given) return given;
  std::error_code ignored;
  for (std::filesystem::path folder = std::filesystem::current_path(ignored);
       folder.has_relative_path(); folder = folder.parent_path()) {
    const std::filesystem::path beside = folder.parent_path() / "shared" / "data";
    if (std::filesystem::exists(beside / "azure-2019", ignored)) return beside.string();
  }
  return {};
}

}  // namespace smyth::test

#define SMYTH_NEEDS_RECORDED_DATA(variable)                  \
  const std::string variable = smyth::test::recorded_data(); \
  if (variable.empty()) GTEST_SKIP() << "there is no recorded data: set SMYTH_DATA to its folder"
