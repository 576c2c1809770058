#include "calibrate/profile.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smyth::calibrate {
namespace {

using namespace std::chrono_literals;

TEST(Profile, IsReadAsItWasWritten) {
  const Fit fit{.constants = {640s, 1125s, 0s},
                .scores = {{.calls = 100, .recorded_cold = 4, .replayed_cold = 5, .both_cold = 3}}};
  const std::vector<Trace> traces = {{.name = "a \"b\"\n.csv", .calls = {}}};
  const std::string text = profile_text(fit, traces, {.early_reuse = 150ms}, "2026-01-31");
  const auto profile = parse_profile(text, "p.toml");
  ASSERT_TRUE(profile) << profile.error().message << "\n" << text;
  EXPECT_EQ(profile->made, "2026-01-31");
  EXPECT_EQ(profile->constants, fit.constants);
  EXPECT_NE(text.find("count_error = 0.2500"), std::string::npos) << text;
  EXPECT_NE(text.find("rightly_cold_or_warm = 0.97000"), std::string::npos) << text;
}

std::string error(std::string_view text) {
  const auto profile = parse_profile(text, "p.toml");
  return profile ? std::string() : profile.error().message;
}

TEST(Profile, SaysWhatIsWrong) {
  EXPECT_NE(error("made = ").find("p.toml:1"), std::string::npos);
  EXPECT_EQ(error("function_idle = 1\n"), "the profile has no date `made` (p.toml)");
  EXPECT_EQ(error("made = 2026-01-31\nfunction_idle = 640\nsurplus_idle = 1\n"),
            "the profile has no `max_life` (p.toml)");
  EXPECT_EQ(error("made = 2026-01-31\nfunction_idle = -1\n"),
            "`function_idle` is no number of seconds (p.toml:2)");
  EXPECT_EQ(error("made = 2026-01-31\nfunction_idle = nan\n"),
            "`function_idle` is no number of seconds (p.toml:2)");
  EXPECT_EQ(error("made = 2026-01-31\nfunction_idle = \"640s\"\n"),
            "`function_idle` is no number of seconds (p.toml:2)");
  EXPECT_EQ(read_profile("/nowhere/p.toml").error().message,
            "cannot read the profile /nowhere/p.toml: No such file or directory");
}

}  // namespace
}  // namespace smyth::calibrate
