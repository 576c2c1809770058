#include "simulate/lives.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

namespace smyth::simulate {
namespace {

using std::chrono::seconds;

TEST(Lives, WhatWasRecordedIsTheProfileAws2020) {
  const auto life = read_life("aws-2020");
  ASSERT_TRUE(life);
  EXPECT_EQ(life->function_idle_max, seconds(640));
  EXPECT_EQ(life->idle_max, seconds(1'150));
  EXPECT_EQ(life->life_max, seconds(6'150));
  EXPECT_EQ(life->constant.origin, Origin::measured);
  EXPECT_EQ(life->constant.name, "life aws-2020");
  EXPECT_NE(life->constant.source.find("2020"), std::string::npos);
}

TEST(Lives, NoneIsForEver) {
  const auto life = read_life("none");
  ASSERT_TRUE(life);
  EXPECT_EQ(life->idle_max, Duration{0});
  EXPECT_EQ(life->function_idle_max, Duration{0});
  EXPECT_EQ(life->life_max, Duration{0});
}

TEST(Lives, ATtlIsForEachEnvironment) {
  const auto life = read_life("ttl:600s");
  ASSERT_TRUE(life);
  EXPECT_EQ(life->idle_max, seconds(600));
  EXPECT_EQ(life->life_max, Duration{0});
  EXPECT_EQ(life->constant.origin, Origin::given);
}

TEST(Lives, ConstantsThatAreLeftOutAreNoLimit) {
  const auto life = read_life("max_life=2h,surplus_idle=20m");
  ASSERT_TRUE(life);
  EXPECT_EQ(life->life_max, seconds(7'200));
  EXPECT_EQ(life->idle_max, seconds(1'200));
  EXPECT_EQ(life->function_idle_max, Duration{0});
}

TEST(Lives, TheyGoIntoTheFunctionsSpec) {
  core::FunctionSpec spec;
  read_life("aws-2020")->apply(spec);
  EXPECT_EQ(spec.function_idle_max, seconds(640));
  EXPECT_EQ(spec.idle_max, seconds(1'150));
  EXPECT_EQ(spec.life_max, seconds(6'150));
}

TEST(Lives, AProfileIsReadFromItsFile) {
  const std::string file = testing::TempDir() + "smyth_profile.toml";
  std::ofstream(file) << "made = 2026-01-31\nfunction_idle = 300\nsurplus_idle = 900\n"
                         "max_life = 0\n";
  const auto life = read_life(file);
  ASSERT_TRUE(life) << life.error().message;
  EXPECT_EQ(life->function_idle_max, seconds(300));
  EXPECT_EQ(life->idle_max, seconds(900));
  EXPECT_EQ(life->life_max, Duration{0});
  EXPECT_EQ(life->constant.origin, Origin::measured);
  EXPECT_NE(life->constant.source.find("2026-01-31"), std::string::npos);
  EXPECT_FALSE(read_life("/nowhere/profile.toml"));
}

TEST(Lives, WhatIsNoProfileIsAnError) {
  for (const char* text : {"aws", "ttl:", "ttl:soon", "ttl:0s", "max_life=0s", "idle=5s",
                           "max_life=-1s", "max_life"}) {
    const auto life = read_life(text);
    ASSERT_FALSE(life) << text;
    EXPECT_EQ(life.error().code, ErrorCode::misused);
  }
}

}  // namespace
}  // namespace smyth::simulate
