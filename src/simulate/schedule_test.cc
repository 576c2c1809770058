#include "simulate/schedule.h"

#include <gtest/gtest.h>

#include <chrono>

namespace smyth::simulate {
namespace {

using std::chrono::hours;

TimePoint at(int hour) { return TimePoint(hours(hour)); }

TEST(Schedule, HasALevelForEachTimeOfDay) {
  const auto schedule = read_schedule("10,50@8h-18h,5@22h-6h", "--provisioned");
  ASSERT_TRUE(schedule) << schedule.error().message;
  EXPECT_EQ(schedule->level_at(at(7)), 10u);
  EXPECT_EQ(schedule->level_at(at(8)), 50u);
  EXPECT_EQ(schedule->level_at(at(18)), 10u);
  EXPECT_EQ(schedule->level_at(at(23)), 5u);
  EXPECT_EQ(schedule->level_at(at(24 + 5)), 5u) << "over midnight";
  EXPECT_EQ(schedule->level_at(at(24 + 6)), 10u);
  EXPECT_EQ(schedule->most(), 50u);
}

TEST(Schedule, ChangesWhereAWindowBeginsOrEnds) {
  const auto schedule = read_schedule("50@8h-18h", "--provisioned");
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->next_change(at(0)), at(8));
  EXPECT_EQ(schedule->next_change(at(8)), at(18));
  EXPECT_EQ(schedule->next_change(at(18)), at(32));
  EXPECT_EQ(read_schedule("50", "x")->next_change(at(0)), TimePoint::max());
}

TEST(Schedule, IsReadOrIsAnError) {
  EXPECT_EQ(read_schedule("none", "x")->level_at(at(0)), 0u);
  EXPECT_EQ(read_schedule("7", "x")->level_at(at(0)), 7u);
  for (const char* text : {"", "x", "5@", "5@8h", "@8h-9h", "5@8h-8h", "5@8h-25h", "5@24h-3h",
                           "5,6", "-1", "5@-1h-3h", "99999999", "5@8h-18h-20h", "5@8h-1e400h"}) {
    if (*text != '\0') EXPECT_FALSE(read_schedule(text, "x")) << text;
  }
}

}  // namespace
}  // namespace smyth::simulate
