#include "core/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Init, ThatReportsAnErrorIsAnsweredAndTheSlotIsReset) {
  Play play;
  play.arrive();
  EXPECT_THAT(play.failed("0#1"), ElementsAre("answer a init_error"));
  EXPECT_EQ(play.slot(0).state, SlotView::State::cold);
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 reset b"));
}

TEST(Init, ThatExitedStartsOnceAgainUnderTheTimeoutOfTheFunction) {
  Play play;
  play.arrive();
  play.now += milliseconds(100);
  EXPECT_THAT(play.failed("0#1", InitFailure::exited), ElementsAre("start 0#1 init_again a"));
  play.now += milliseconds(100);
  // The second init and the run share one timeout: 6 s from the second start.
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1 <6100"));
}

TEST(Init, ThatExitedTwiceIsAnsweredAsACrash) {
  Play play;
  play.arrive();
  play.failed("0#1", InitFailure::exited);
  EXPECT_THAT(play.failed("0#1", InitFailure::exited), ElementsAre("answer a init_crash"));
  EXPECT_EQ(play.scheduler.environment_count(), 0u);
}

TEST(Init, IsToldOfAnExitByExitedToo) {
  Play play;
  play.arrive();
  EXPECT_THAT(play.exited("0#1"), ElementsAre("start 0#1 init_again a"));
}

TEST(Init, OverTenSecondsIsKilledAndStartsAgainUnderTheTimeout) {
  Play play;
  play.arrive();
  EXPECT_THAT(play.pass(seconds(10) - milliseconds(1)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)), ElementsAre("kill 0#1", "start 0#1 init_again a"));
  EXPECT_THAT(play.pass(seconds(6) - milliseconds(1)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)), ElementsAre("kill 0#1", "answer a timeout"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 reset b"));
}

TEST(Init, ThatCouldNotSpawnIsAnswered) {
  Play play;
  play.arrive();
  EXPECT_THAT(play.failed("0#1", InitFailure::spawn), ElementsAre("answer a spawn_failed"));
}

TEST(Init, ThatFailedMakesRoomForTheNextWhoWaits) {
  Play play;
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.failed("0#1"), ElementsAre("answer a init_error", "start 0#1 reset b"));
}

TEST(Run, ThatCrashesIsAnsweredAndTheNextWaiterStartsTheEnvironmentAgain) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.exited("0#1"), ElementsAre("answer b crash", "start 0#1 reset c"));
}

TEST(Run, OverItsTimeoutIsKilledAndAnswered) {
  Play play({.timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.pass(milliseconds(99)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)),
              ElementsAre("kill 0#1", "answer b timeout", "start 0#1 reset c"));
}

TEST(Run, ThatCompletesAtItsDeadlineIsInTime) {
  Play play({.timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.now += milliseconds(100);
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_THAT(play.tick(), IsEmpty());
}

TEST(Run, WithoutTimeoutHasNoDeadline) {
  Play play({.timeout = Duration{0}});
  play.arrive();
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1"));
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());
  EXPECT_EQ(play.scheduler.next_deadline(), std::nullopt);
}

TEST(Run, OfAnOlderGenerationIsIgnored) {
  Play play;
  play.warm("0#1");
  const EnvironmentId before = play.environments.at("0#1");
  play.exited("0#1");
  play.arrive();
  EXPECT_THAT(play.step(Input::ready(before)), IsEmpty());
  EXPECT_THAT(play.step(Input::exited(before)), IsEmpty());
  EXPECT_THAT(play.completed("0#1", "a"), IsEmpty());
  EXPECT_EQ(play.slot(0).state, SlotView::State::initialising);
}

TEST(Answered, TellsTheCallerAtOnceAndKeepsTheEnvironmentBusy) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.answered("0#1", "b"), ElementsAre("answer b success"));
  EXPECT_EQ(play.slot(0).state, SlotView::State::busy);
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("deliver c 0#1 <6000"));
}

TEST(Answered, IsAnsweredOnceWhateverComesThen) {
  Play play({.timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.answered("0#1", "b");
  EXPECT_THAT(play.answered("0#1", "b"), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(100)), ElementsAre("kill 0#1"));
  play.arrive();
  play.ready("0#1");
  play.answered("0#1", "c");
  EXPECT_THAT(play.exited("0#1"), IsEmpty());
  EXPECT_EQ(play.slot(0).state, SlotView::State::cold);
}

TEST(IdleEnvironment, ThatExitsIsReset) {
  Play play;
  play.warm("0#1");
  EXPECT_THAT(play.exited("0#1"), IsEmpty());
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 reset b"));
}

TEST(IdleEnvironment, ExpiresAfterIdleMaxAndItsSuccessorIsANewOne) {
  Play play({.idle_max = seconds(10)});
  play.warm("0#1");
  EXPECT_THAT(play.pass(seconds(10) - milliseconds(1)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)), ElementsAre("stop 0#1"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#2 cold b"));
}

TEST(IdleEnvironment, ExpiresJustBeforeAnArrivalOfThatMoment) {
  Play play({.idle_max = seconds(10)});
  play.warm("0#1");
  play.now += seconds(10);
  EXPECT_THAT(play.arrive(), ElementsAre("stop 0#1", "start 0#2 cold b"));
}

TEST(IdleEnvironment, UsedLeastRecentlyExpiresFirst) {
  Play play({.concurrency = 2, .idle_max = seconds(10)});
  play.arrive();
  play.arrive();
  play.ready("0#1");
  play.ready("1#2");
  play.completed("1#2", "b");
  play.now += seconds(1);
  play.completed("0#1", "a");
  EXPECT_THAT(play.pass(seconds(9)), ElementsAre("stop 1#2"));
  EXPECT_THAT(play.pass(seconds(1)), ElementsAre("stop 0#1"));
}

TEST(Environment, PastLifeMaxStopsWhenItIsIdle) {
  Play play({.life_max = seconds(10)});
  play.warm("0#1");
  EXPECT_THAT(play.pass(seconds(10)), ElementsAre("stop 0#1"));
  play.warm("0#2");
  play.now += seconds(9);
  play.arrive();
  EXPECT_THAT(play.pass(seconds(1)), IsEmpty());
  EXPECT_THAT(play.completed("0#2", play.last()), ElementsAre("answer c success", "stop 0#2"));
}

TEST(Environment, PastLifeMaxStillServesWhoWaits) {
  Play play({.life_max = seconds(3)});
  play.arrive();
  play.ready("0#1");
  play.arrive();
  play.pass(seconds(3));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "deliver b 0#1 <9000"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "stop 0#1"));
}

TEST(Debugger, StopsTheTimeoutWhileItHasTheEnvironment) {
  Play play({.timeout = milliseconds(100)});
  play.warm("0#1");
  play.arrive();
  play.now += milliseconds(40);
  play.paused("0#1");
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());
  play.resumed("0#1");
  EXPECT_THAT(play.pass(milliseconds(59)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)), ElementsAre("kill 0#1", "answer b timeout"));
}

TEST(Debugger, StopsTheLimitOfAnInit) {
  Play play;
  play.arrive();
  play.pass(seconds(4));
  play.paused("0#1");
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());
  play.resumed("0#1");
  EXPECT_THAT(play.pass(seconds(6)), ElementsAre("kill 0#1", "start 0#1 init_again a"));
}

TEST(Debugger, MayBeLeftByTheEndOfTheInvocation) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.paused("0#1");
  play.completed("0#1", "b");
  play.resumed("0#1");
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());
  EXPECT_THAT(play.arrive(), ElementsAre("deliver c 0#1 <66000"));
}

TEST(Debugger, LeavesAnEnvironmentAtTheEndOfItsHooks) {
  Play play({.prepares = true, .timeout = seconds(3)});
  play.arrive();
  play.exited("0#1");
  play.now += seconds(1);
  play.ready("0#1");
  play.paused("0#1");
  EXPECT_THAT(play.pass(seconds(10)), IsEmpty());
  EXPECT_THAT(play.prepared("a"), ElementsAre("deliver a 0#1 <13000"));
  play.resumed("0#1");
  EXPECT_THAT(play.pass(seconds(2)), ElementsAre("kill 0#1", "answer a timeout"));
}

TEST(Debugger, LeavesAnEnvironmentWhoseHooksFail) {
  Play play({.prepares = true, .timeout = seconds(3)});
  play.arrive();
  play.exited("0#1");
  play.ready("0#1");
  play.paused("0#1");
  EXPECT_THAT(play.prepare_failed("a"), ElementsAre("answer a hook_failed"));
  EXPECT_THAT(play.resumed("0#1"), IsEmpty());
  EXPECT_THAT(play.pass(seconds(10)), IsEmpty());
}

TEST(Hooks, RunWhileTheSlotIsTakenAndTheTimeoutStartsAfterThem) {
  Play play({.prepares = true});
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 cold a"));
  EXPECT_THAT(play.ready("0#1"), ElementsAre("prepare a 0#1"));
  EXPECT_EQ(play.slot(0).state, SlotView::State::preparing);
  play.now += seconds(1);
  EXPECT_THAT(play.prepared("a"), ElementsAre("deliver a 0#1 <7000"));
  play.completed("0#1", "a");
  EXPECT_THAT(play.arrive(), ElementsAre("prepare b 0#1"));
}

TEST(Hooks, ThatFailLeaveTheEnvironmentUnharmed) {
  Play play({.prepares = true});
  play.arrive();
  play.ready("0#1");
  play.arrive();
  EXPECT_THAT(play.prepare_failed("a"), ElementsAre("answer a hook_failed", "prepare b 0#1"));
  EXPECT_THAT(play.prepare_failed("b"), ElementsAre("answer b hook_failed"));
  EXPECT_EQ(play.slot(0).state, SlotView::State::idle);
}

TEST(Hooks, WhoseEnvironmentExitsAreNotWaitedFor) {
  Play play({.prepares = true});
  play.arrive();
  play.ready("0#1");
  EXPECT_THAT(play.exited("0#1"), ElementsAre("answer a crash"));
  EXPECT_THAT(play.prepared("a"), IsEmpty());
}

TEST(Provisioned, EnvironmentsStartAheadAndServe) {
  Play play({.concurrency = 3});
  EXPECT_THAT(play.configure({.concurrency = 3, .provisioned = 2}),
              ElementsAre("start 0#1 provisioned", "start 1#2 provisioned"));
  EXPECT_THAT(play.ready("0#1"), IsEmpty());
  EXPECT_THAT(play.arrive(), ElementsAre("deliver a 0#1 <6000"));
}

TEST(Provisioned, EnvironmentThatExitsStartsAgain) {
  Play play({.provisioned = 1});
  play.ready("0#1");
  EXPECT_THAT(play.exited("0#1"), ElementsAre("start 0#1 provisioned"));
}

TEST(Provisioned, EnvironmentThatDoesNotInitialiseIsNotTriedForEver) {
  Play play({.provisioned = 1});
  EXPECT_THAT(play.failed("0#1"), IsEmpty());
  EXPECT_THAT(play.code_changed(), ElementsAre("start 0#1 provisioned"));
  EXPECT_THAT(play.pass(seconds(130)), ElementsAre("kill 0#1"));
  EXPECT_THAT(play.arrive(), ElementsAre("start 0#1 reset a"));
}

TEST(Provisioned, EnvironmentsDoNotExpireButThoseBeyondDo) {
  Play play({.concurrency = 2, .provisioned = 1, .idle_max = seconds(10)});
  play.ready("0#1");
  EXPECT_THAT(play.pass(seconds(100)), IsEmpty());
  play.arrive();
  play.arrive();
  play.ready("1#2");
  play.completed("0#1", "a");
  play.now += seconds(1);
  play.completed("1#2", "b");
  EXPECT_THAT(play.pass(seconds(100)), ElementsAre("stop 0#1"));
}

}  // namespace
}  // namespace smyth::core
