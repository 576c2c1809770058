#include "simulate/conditions.h"

#include <gtest/gtest.h>

namespace smyth::simulate {
namespace {

TEST(Conditions, AreReadWithTheirUnits) {
  const auto conditions =
      read_conditions("p99 < 300ms and throttled<=0.1% and cost > $5", "--until");
  ASSERT_TRUE(conditions) << conditions.error().message;
  ASSERT_EQ(conditions->size(), 3u);
  EXPECT_EQ((*conditions)[0].limit, 3e8);
  EXPECT_EQ((*conditions)[0].text, "p99 < 300ms");
  EXPECT_NEAR((*conditions)[1].limit, 0.001, 1e-12);
  EXPECT_TRUE((*conditions)[1].may_equal);
  EXPECT_FALSE((*conditions)[2].is_below);
  EXPECT_EQ((*conditions)[2].limit, 5);
}

TEST(Conditions, HoldOrNot) {
  const auto below = read_conditions("cold < 5%", "x");
  const auto above = read_conditions("environments >= 3", "x");
  ASSERT_TRUE(below && above);
  EXPECT_TRUE(below->front().holds(0.04));
  EXPECT_FALSE(below->front().holds(0.05)) << "equal is not below";
  EXPECT_TRUE(above->front().holds(3));
  EXPECT_FALSE(above->front().holds(2));
}

TEST(Conditions, FindTheirFigure) {
  Findings findings;
  findings.all.all.at[2] = {4e8, 3e8, 5e8};
  findings.all.throttled_share = {0.01, 0.005, 0.02};
  const auto conditions = read_conditions("p99 < 1s and throttled < 1", "x");
  ASSERT_TRUE(conditions);
  const Estimate p99 = conditions->front().value_in(findings);
  EXPECT_EQ(conditions->front().value_text(p99), "400 ms (300 ms - 500 ms)");
  const Estimate throttled = conditions->back().value_in(findings);
  EXPECT_EQ(conditions->back().value_text(throttled), "1 % (0.5 % - 2 %)");
}

TEST(Conditions, ThatAreNoneAreErrors) {
  for (const char* text : {"", " ", "p99", "p99 < ", "p99 <", "< 5ms", "p98 < 5ms", "p99 < 5%",
                           "cold < 5ms", "cold < 500%", "p99 < 5ms and", "p99 < 5ms and and",
                           "p99 = 5ms", "cost < $", "environments < nan", "environments < inf",
                           "environments < -1", "p99 < 5ms or cold < 1%"}) {
    EXPECT_FALSE(read_conditions(text, "--until")) << text;
  }
  EXPECT_EQ(read_conditions("trottled < 1%", "--until").error().hint, "did you mean `throttled`?");
}

}  // namespace
}  // namespace smyth::simulate
