#include "core/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Configure, MoreSlotsServeWhoWaits) {
  Play play;
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.configure({.concurrency = 2}), ElementsAre("start 1#2 cold b"));
  EXPECT_EQ(play.scheduler.slot_count(play.function), 2u);
}

TEST(Configure, FewerSlotsStopIdleEnvironmentsAndLetBusyOnesFinish) {
  Play play({.concurrency = 3});
  for (int i = 0; i < 3; ++i) play.arrive();
  for (const char* name : {"0#1", "1#2", "2#3"}) play.ready(name);
  play.completed("1#2", "b");
  EXPECT_THAT(play.configure({.concurrency = 1}), ElementsAre("stop 1#2"));
  EXPECT_THAT(play.completed("2#3", "c"), ElementsAre("answer c success", "stop 2#3"));
  EXPECT_THAT(play.arrive(), IsEmpty());
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "deliver d 0#1 <6000"));
}

TEST(Configure, FewerSlotsSendWhoWaitedThereToTheLine) {
  Play play({.concurrency = 2, .strategy = Strategy::user});
  play.arrive();
  play.chosen("a", 1);
  play.arrive();
  play.chosen("b", 1);
  EXPECT_THAT(play.configure({.concurrency = 1, .strategy = Strategy::user}),
              ElementsAre("choose b"));
}

TEST(Configure, KeepsTheCountsOfASlot) {
  Play play;
  play.warm("0#1");
  play.configure({.concurrency = 200});
  EXPECT_EQ(play.slot(0).given, 1u);
  EXPECT_EQ(play.slot(0).serial, 1u);
  EXPECT_THAT(play.arrive(), ElementsAre("deliver b 0#1 <6000"));
}

TEST(Configure, ChangesTheIdleLimitOfThoseThatAreIdle) {
  Play play({.idle_max = seconds(100)});
  play.warm("0#1");
  play.configure({.idle_max = seconds(5)});
  EXPECT_THAT(play.pass(seconds(5)), ElementsAre("stop 0#1"));
}

TEST(Configure, LengthensTheLifeOfWhoWasTooOld) {
  Play play({.timeout = Duration{0}, .life_max = seconds(5)});
  play.warm("0#1");
  play.arrive();
  play.pass(seconds(5));
  play.configure({.timeout = Duration{0}, .life_max = seconds(10)});
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_THAT(play.pass(seconds(5)), ElementsAre("stop 0#1"));
}

TEST(Configure, OfTheLifeLimitLeavesResetEnvironmentsAlone) {
  Play play({.life_max = seconds(1)});
  play.arrive();
  play.pass(seconds(1));
  play.failed("0#1");
  play.configure({.life_max = seconds(10)});
  play.arrive();
  play.ready("0#1");
  play.completed("0#1", "b");
  EXPECT_THAT(play.pass(seconds(100)), ElementsAre("stop 0#1"));
  EXPECT_THAT(play.pass(seconds(100)), IsEmpty());
}

TEST(Configure, ToRoundRobinGoesOnFromTheSlotsLastUses) {
  Play play({.concurrency = 2});
  play.arrive();
  play.arrive();
  play.ready("0#1");
  play.ready("1#2");
  play.completed("0#1", "a");
  play.completed("1#2", "b");
  play.configure({.concurrency = 2, .strategy = Strategy::round_robin});
  EXPECT_THAT(play.arrive(), ElementsAre("deliver c 0#1 <6000"));
}

TEST(Remove, AnswersWhoWaitsAndLetsTheRestFinish) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.remove(), ElementsAre("answer c abandoned"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "stop 0#1"));
}

TEST(Shutdown, StopsIdleEnvironmentsAndAnswersWhoWaits) {
  Play play({.concurrency = 2});
  play.arrive();
  play.arrive();
  play.ready("0#1");
  play.ready("1#2");
  play.arrive();
  play.completed("0#1", "a");  // c is served.
  play.arrive();
  play.completed("1#2", "b");  // d is served.
  play.arrive();
  play.completed("0#1", "c");  // e is served.
  play.completed("0#1", "e");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.shutdown(seconds(1)), ElementsAre("answer g shutdown"));
  EXPECT_THAT(play.arrive(), ElementsAre("answer h shutdown"));
  EXPECT_THAT(play.completed("1#2", "d"), ElementsAre("answer d success", "stop 1#2"));
  EXPECT_THAT(play.pass(seconds(1)), ElementsAre("kill 0#1", "answer f shutdown"));
  EXPECT_EQ(play.scheduler.environment_count(), 0u);
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());
  EXPECT_EQ(play.scheduler.next_deadline(), std::nullopt);
}

TEST(Shutdown, KillsAtOnceWhenItsDeadlineIsNow) {
  Play play;
  play.arrive();
  EXPECT_THAT(play.shutdown(seconds(1)), IsEmpty());
  EXPECT_THAT(play.shutdown(Duration{0}), ElementsAre("kill 0#1", "answer a shutdown"));
}

TEST(Shutdown, LetsAnInitFinishAndItsInvocationRun) {
  Play play;
  play.arrive();
  play.shutdown(seconds(10));
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "stop 0#1"));
}

TEST(Deadlines, OfAllFunctionsFireInTheOrderOfTime) {
  Play play({.timeout = milliseconds(300)});
  play.arrive();
  play.ready("0#1");
  const FunctionId first = play.function;
  play.add({.timeout = milliseconds(100)});
  play.arrive();
  play.ready("0#1");
  EXPECT_EQ(*play.scheduler.next_deadline(), TimePoint(milliseconds(100)));
  EXPECT_THAT(play.pass(seconds(1)),
              ElementsAre("kill 0#1", "answer b timeout", "kill 0#1", "answer a timeout"));
  EXPECT_NE(first.index, play.function.index);
}

TEST(Deadlines, AreNeverLaterThanNextDeadlineSays) {
  Play play({.timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.now += milliseconds(50);
  play.completed("0#1", "b");
  play.arrive();
  const auto next = play.scheduler.next_deadline();
  ASSERT_TRUE(next);
  EXPECT_LE(*next, TimePoint(milliseconds(150)));
  play.now = *next;
  EXPECT_THAT(play.tick(), IsEmpty());  // An early call changes nothing, and the next one is later.
  EXPECT_EQ(*play.scheduler.next_deadline(), TimePoint(milliseconds(150)));
}

TEST(Deadlines, ThatFreeIdsDoNotChangeTheIdOfTheArrival) {
  Play play({.concurrency = 1, .timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.now += seconds(1);
  EXPECT_THAT(play.arrive(), ElementsAre("kill 0#1", "answer b timeout", "start 0#1 reset c"));
}

TEST(DecisionHash, DependsOnEachFunctionsDecisionsAndTheirTimeOnly) {
  Play one;
  Play other;
  one.warm("0#1");
  other.warm("0#1");
  EXPECT_EQ(one.scheduler.decision_hash(), other.scheduler.decision_hash());
  other.tick();
  EXPECT_EQ(one.scheduler.decision_hash(), other.scheduler.decision_hash());
  one.arrive();
  other.now += milliseconds(1);
  other.arrive();
  EXPECT_NE(one.scheduler.decision_hash(), other.scheduler.decision_hash());
}

}  // namespace
}  // namespace smyth::core
