#include "core/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Arrival, StartsAColdEnvironmentAndIsDeliveredWhenItIsReady) {
  Play play;
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 cold a"));
  play.now += milliseconds(200);
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1 <6200"));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success"));
}

TEST(Arrival, IsDeliveredToAnIdleEnvironmentAtOnce) {
  Play play;
  play.warm("0#1");
  play.now += milliseconds(5);
  EXPECT_THAT(play.arrive(), ElementsAre("deliver b 0#1 <6005"));
  EXPECT_THAT(play.completed("0#1", "b", Outcome::function_error),
              ElementsAre("answer b function_error"));
}

TEST(Arrival, StaysBoundToTheEnvironmentThatItStarted) {
  Play play({.concurrency = 2});
  play.warm("0#1");
  play.arrive();
  EXPECT_THAT(play.arrive(), ElementsAre("start 1#2 cold c"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_THAT(play.ready("1#2"), ElementsAre("deliver c 1#2 <6000"));
}

TEST(Arrival, OfARemovedFunctionIsAnsweredAsAbandoned) {
  Play play;
  play.warm("0#1");
  EXPECT_THAT(play.remove(), ElementsAre("stop 0#1"));
  EXPECT_THAT(play.arrive(), ElementsAre("answer b abandoned"));
  EXPECT_EQ(play.scheduler.environment_count(), 0u);
}

TEST(FirstWarm, TakesTheEnvironmentUsedMostRecently) {
  Play play({.concurrency = 3});
  for (int i = 0; i < 3; ++i) play.arrive();
  for (const char* name : {"0#1", "1#2", "2#3"}) play.ready(name);
  play.completed("2#3", "c");
  play.completed("0#1", "a");
  play.completed("1#2", "b");
  EXPECT_THAT(play.arrive(), ElementsAre("deliver d 1#2 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver e 0#1 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver f 2#3 <6000"));
}

TEST(FirstWarm, TakesAResetSlotBeforeAColdOne) {
  Play play({.concurrency = 3});
  for (int i = 0; i < 2; ++i) play.arrive();
  for (const char* name : {"0#1", "1#2"}) play.ready(name);
  play.completed("0#1", "a");
  play.exited("1#2");
  EXPECT_THAT(play.arrive(), ElementsAre("deliver c 0#1 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 1#2 reset d"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 2#3 cold e"));
}

TEST(RoundRobin, UsesTheSlotsOneByOne) {
  Play play({.concurrency = 3, .strategy = Strategy::round_robin});
  for (const char* name : {"0#1", "1#2", "2#3", "0#1", "1#2", "2#3", "0#1"}) {
    const auto lines = play.arrive();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], testing::HasSubstr(name));
    if (play.state(name) == SlotView::State::initialising) play.ready(name);
    play.completed(name, play.last());
  }
}

TEST(RoundRobin, SkipsBusySlotsAndKeepsTheOrderOfUse) {
  Play play({.concurrency = 3, .strategy = Strategy::round_robin});
  for (const char* name : {"0#1", "1#2", "2#3"}) play.warm(name);
  EXPECT_THAT(play.arrive(), ElementsAre("deliver d 0#1 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver e 1#2 <6000"));
  play.completed("1#2", "e");
  play.completed("0#1", "d");
  EXPECT_THAT(play.arrive(), ElementsAre("deliver f 2#3 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver g 0#1 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver h 1#2 <6000"));
}

}  // namespace
}  // namespace smyth::core
