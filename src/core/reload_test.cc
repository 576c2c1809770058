#include "core/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Reload, StartsACandidateInAColdSlotAndStopsTheStaleOneWhenItIsReady) {
  Play play({.concurrency = 2});
  play.warm("0#1");
  EXPECT_THAT(play.code_changed(), IsEmpty());
  EXPECT_TRUE(play.slot(0).stale);
  EXPECT_THAT(play.arrive(), ElementsAre("start 1#2 candidate b"));
  EXPECT_THAT(play.ready("1#2"), ElementsAre("deliver b 1#2 <6000", "stop 0#1"));
}

TEST(Reload, VacatesTheOnlySlotForTheCandidate) {
  Play play;
  play.warm("0#1");
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 candidate b"));
  EXPECT_EQ(play.scheduler.environment_count(), 2u);
  EXPECT_THAT(play.ready("0#2"), ElementsAre("deliver b 0#2 <6000", "stop 0#1"));
  EXPECT_EQ(play.scheduler.environment_count(), 1u);
}

TEST(Reload, GivesTheSlotBackWhenTheCandidateFails) {
  Play play;
  play.warm("0#1");
  play.code_changed();
  play.arrive();
  EXPECT_THAT(play.failed("0#2"), ElementsAre("deliver b 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  // The old code serves on until the next change.
  EXPECT_THAT(play.arrive(), ElementsAre("deliver c 0#1 <6000"));
  play.completed("0#1", "c");
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#3 candidate d"));
  EXPECT_THAT(play.ready("0#3"), ElementsAre("deliver d 0#3 <6000", "stop 0#1"));
}

TEST(Reload, FallsBackAtTheFirstExitOrTimeoutOfACandidate) {
  for (const bool is_exit : {true, false}) {
    Play play;
    play.warm("0#1");
    play.code_changed();
    play.arrive();
    if (is_exit) {
      EXPECT_THAT(play.failed("0#2", InitFailure::exited), ElementsAre("deliver b 0#1 <6000"));
    } else {
      EXPECT_THAT(play.pass(seconds(10)), ElementsAre("kill 0#2", "deliver b 0#1 <16000"));
    }
  }
}

TEST(Reload, LetsABusyStaleOneFinishOutsideOfTheSlots) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 candidate c"));
  EXPECT_THAT(play.ready("0#2"), ElementsAre("deliver c 0#2 <6000"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "stop 0#1"));
}

TEST(Reload, KeepsABusyStaleOneUntilTheCandidateIsDecided) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.code_changed();
  play.arrive();
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_THAT(play.failed("0#2"), ElementsAre("deliver c 0#1 <6000"));
}

TEST(Reload, KeepsNoVacatedEnvironmentPastItsLife) {
  Play play({.life_max = seconds(3)});
  play.warm("0#1");
  play.arrive();
  play.code_changed();
  play.arrive();
  play.pass(seconds(3));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "stop 0#1"));
  EXPECT_THAT(play.failed("0#2"), ElementsAre("answer c init_error"));
}

TEST(Reload, WaitsForTheStaleOneIfItIsStillBusyWhenTheCandidateFails) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.code_changed();
  play.arrive();
  EXPECT_THAT(play.failed("0#2"), IsEmpty());
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver c 0#1 <6000"));
}

TEST(Reload, ServesFurtherArrivalsByFurtherStarts) {
  Play play({.concurrency = 2});
  play.warm("0#1");
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 1#2 candidate b"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#3 cold c"));
  EXPECT_THAT(play.arrive(), IsEmpty());
  EXPECT_THAT(play.ready("0#3"), ElementsAre("deliver c 0#3 <6000", "stop 0#1"));
}

TEST(Reload, ServesAllByTheStaleOneWhenAllStartsFail) {
  Play play({.concurrency = 2});
  play.warm("0#1");
  play.code_changed();
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.failed("1#2"), IsEmpty());  // The stale one has no slot yet.
  EXPECT_THAT(play.failed("0#3"), ElementsAre("deliver b 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver c 0#1 <6000"));
}

TEST(Reload, VacatesTheStaleEnvironmentUsedLeastRecently) {
  Play play({.concurrency = 2});
  play.arrive();
  play.arrive();
  play.ready("0#1");
  play.ready("1#2");
  play.completed("1#2", "b");
  play.completed("0#1", "a");
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 1#3 candidate c"));
}

TEST(Reload, LetsOldCodeServeWhoArrivedBeforeTheChange) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver c 0#1 <6000"));
}

TEST(Reload, LetsTheNextArrivalStartNewCodeEvenIfOthersWaitForTheOld) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 candidate d"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_THAT(play.ready("0#2"), ElementsAre("deliver d 0#2 <6000", "stop 0#1"));
  EXPECT_THAT(play.completed("0#2", "d"), ElementsAre("answer d success", "deliver c 0#2 <6000"));
}

TEST(Reload, NeverGivesNewArrivalsAnEnvironmentThatStartedBeforeTheChange) {
  Play play;
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 cold b"));
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "stop 0#1"));
}

TEST(Reload, DispatchesAnewWhoseStartFailedWithCodeThatHasChangedSince) {
  Play play;
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.failed("0#1"), ElementsAre("start 0#1 reset a"));
}

TEST(Reload, AChangeWhileTheCandidateInitialisesAsksForAnother) {
  Play play;
  play.warm("0#1");
  play.code_changed();
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#3 candidate c"));
  EXPECT_THAT(play.ready("0#2"), ElementsAre("deliver b 0#2 <6000"));
  EXPECT_THAT(play.ready("0#3"), ElementsAre("deliver c 0#3 <6000", "stop 0#1"));
  EXPECT_THAT(play.completed("0#2", "b"), ElementsAre("answer b success", "stop 0#2"));
}

TEST(Reload, WithNothingToFallBackOnAnswersTheError) {
  Play play({.idle_max = seconds(1)});
  play.warm("0#1");
  play.code_changed();
  play.arrive();
  EXPECT_THAT(play.pass(seconds(1)), ElementsAre("stop 0#1"));
  EXPECT_THAT(play.failed("0#2"), ElementsAre("answer b init_error"));
}

TEST(Reload, StartsAgainWhenTheLastStaleEnvironmentIsLost) {
  Play play;
  play.warm("0#1");
  play.code_changed();
  play.arrive();
  play.failed("0#2");
  EXPECT_THAT(play.exited("0#1"), ElementsAre("answer b crash"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 reset c"));
  EXPECT_THAT(play.failed("0#1"), ElementsAre("answer c init_error"));
}

TEST(Reload, ThrottlesNobodyForTheStaleEnvironmentsSake) {
  Play play({.overflow = Overflow::throttle});
  play.warm("0#1");
  play.arrive();
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 candidate c"));
  EXPECT_THAT(play.arrive(), ElementsAre("answer d throttled slots"));
}

TEST(Reload, AppliesToTheSlotThatTheStrategyChose) {
  Play play({.concurrency = 2, .strategy = Strategy::user});
  play.arrive();
  play.chosen("a", 1);
  play.ready("1#1");
  play.completed("1#1", "a");
  play.code_changed();
  play.arrive();
  EXPECT_THAT(play.chosen("b", 1), ElementsAre("start 1#2 candidate b"));
  EXPECT_THAT(play.failed("1#2"), ElementsAre("deliver b 1#1 <6000"));
  EXPECT_THAT(play.arrive(), IsEmpty());  // No choice while nothing can start.
  EXPECT_THAT(play.completed("1#1", "b"), ElementsAre("answer b success", "deliver c 1#1 <6000"));
}

TEST(Reload, TakesTheSlotUsedLeastRecentlyInARoundRobin) {
  Play play({.concurrency = 2, .strategy = Strategy::round_robin});
  play.warm("0#1");
  play.warm("1#2");
  play.code_changed();
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#3 candidate c"));
  EXPECT_THAT(play.failed("0#3"), ElementsAre("deliver c 1#2 <6000"));
  EXPECT_THAT(play.arrive(), ElementsAre("deliver d 0#1 <6000"));
}

}  // namespace
}  // namespace smyth::core
