#include "core/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Line, IsServedInTheOrderOfArrival) {
  Play play;
  play.warm("0#1");
  for (int i = 0; i < 3; ++i) play.arrive();
  EXPECT_EQ(play.scheduler.waiting_count(play.function), 2u);
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver c 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "c"), ElementsAre("answer c success", "deliver d 0#1 <6000"));
}

TEST(Line, HasALimitAndEventsOneOfTheirOwn) {
  Play play({.queue_limit = 1, .event_queue_limit = 2});
  play.arrive();
  EXPECT_THAT(play.arrive(), IsEmpty());
  EXPECT_THAT(play.arrive(), ElementsAre("answer c throttled queue_full"));
  EXPECT_THAT(play.event(), IsEmpty());
  EXPECT_THAT(play.event(), IsEmpty());
  EXPECT_THAT(play.event(), ElementsAre("answer f throttled queue_full"));
}

TEST(Line, IsLeftWhenQueueWaitIsOver) {
  Play play({.timeout = Duration{0}, .queue_wait = seconds(2)});
  play.warm("0#1");
  play.arrive();
  play.arrive();
  play.event();
  EXPECT_THAT(play.pass(seconds(2) - milliseconds(1)), IsEmpty());
  EXPECT_THAT(play.pass(milliseconds(1)), ElementsAre("answer c throttled queue_wait"));
  EXPECT_THAT(play.pass(seconds(60)), IsEmpty());  // Events wait for as long as it takes.
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver d 0#1"));
}

TEST(Line, IsServedAtTheMomentWhenTheWaitEnds) {
  Play play({.queue_wait = seconds(2)});
  play.warm("0#1");
  play.arrive();
  play.arrive();
  play.now += seconds(2);
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success", "deliver c 0#1 <8000"));
  EXPECT_THAT(play.tick(), IsEmpty());
}

TEST(Throttling, RefusesWhatFindsNoSlotButNotEvents) {
  Play play({.concurrency = 1, .overflow = Overflow::throttle});
  play.arrive();
  EXPECT_THAT(play.arrive(), ElementsAre("answer b throttled slots"));
  EXPECT_THAT(play.event(), IsEmpty());
  EXPECT_THAT(play.ready("0#1"), ElementsAre("deliver a 0#1 <6000"));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "deliver c 0#1 <6000"));
}

TEST(Caller, GoneWhileItWaitsLeavesTheLine) {
  Play play;
  play.warm("0#1");
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.abandon("c"), ElementsAre("answer c abandoned"));
  EXPECT_THAT(play.completed("0#1", "b"), ElementsAre("answer b success"));
}

TEST(Caller, GoneAfterTheStartChangesNothing) {
  Play play({.concurrency = 1, .prepares = true});
  play.arrive();
  EXPECT_THAT(play.abandon("a"), IsEmpty());
  EXPECT_THAT(play.ready("0#1"), ElementsAre("prepare a 0#1"));
  EXPECT_THAT(play.abandon("a"), IsEmpty());
  EXPECT_THAT(play.prepared("a"), ElementsAre("deliver a 0#1 <6000"));
  EXPECT_THAT(play.abandon("a"), IsEmpty());
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success"));
}

class Choice : public testing::Test {
 protected:
  Play play{{.concurrency = 2, .strategy = Strategy::user}};
};

TEST_F(Choice, IsAskedForOneInvocationAtATime) {
  EXPECT_THAT(play.arrive(), ElementsAre("choose a"));
  EXPECT_THAT(play.arrive(), IsEmpty());
  EXPECT_THAT(play.chosen("a", 1), ElementsAre("start 1#1 cold a", "choose b"));
  EXPECT_THAT(play.chosen("b", 0), ElementsAre("start 0#2 cold b"));
}

TEST_F(Choice, OfAnIdleEnvironmentDelivers) {
  play.arrive();
  play.chosen("a", 1);
  play.ready("1#1");
  play.completed("1#1", "a");
  EXPECT_THAT(play.arrive(), ElementsAre("choose b"));
  EXPECT_THAT(play.chosen("b", 1), ElementsAre("deliver b 1#1 <6000"));
}

TEST_F(Choice, OfABusyOneWaitsForThatVerySlot) {
  play.arrive();
  play.chosen("a", 0);
  play.ready("0#1");
  play.arrive();
  EXPECT_THAT(play.chosen("b", 0), IsEmpty());
  play.arrive();
  EXPECT_THAT(play.chosen("c", 1), ElementsAre("start 1#2 cold c"));
  play.ready("1#2");
  EXPECT_THAT(play.completed("1#2", "c"), ElementsAre("answer c success"));
  EXPECT_THAT(play.completed("0#1", "a"), ElementsAre("answer a success", "deliver b 0#1 <6000"));
}

TEST_F(Choice, IsServedByTheSlotAgainAfterACrash) {
  play.arrive();
  play.chosen("a", 0);
  play.ready("0#1");
  play.arrive();
  play.chosen("b", 0);
  EXPECT_THAT(play.exited("0#1"), ElementsAre("answer a crash", "start 0#1 reset b"));
}

TEST_F(Choice, ThatFailsIsAnsweredAndTheNextIsAsked) {
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.choice_failed("a"), ElementsAre("answer a hook_failed", "choose b"));
  EXPECT_THAT(play.choice_failed("a"), IsEmpty());
  EXPECT_THAT(play.chosen("b", 2), ElementsAre("answer b hook_failed"));
}

TEST_F(Choice, OfWhoLeavesMeanwhileIsIgnored) {
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.abandon("a"), ElementsAre("answer a abandoned", "choose b"));
  EXPECT_THAT(play.chosen("a", 0), IsEmpty());
  EXPECT_THAT(play.pass(seconds(6)), ElementsAre("answer b throttled queue_wait"));
}

TEST_F(Choice, OfABusySlotIsThrottledIfTheFunctionThrottles) {
  play.configure({.concurrency = 2, .strategy = Strategy::user, .overflow = Overflow::throttle});
  play.arrive();
  play.chosen("a", 0);
  play.arrive();
  EXPECT_THAT(play.chosen("b", 0), ElementsAre("answer b throttled slots"));
  play.event();
  EXPECT_THAT(play.chosen("c", 0), IsEmpty());
}

TEST_F(Choice, OfABusySlotCountsInTheQueueLimit) {
  play.configure({.concurrency = 2, .queue_limit = 1, .strategy = Strategy::user});
  play.arrive();
  play.chosen("a", 0);
  play.arrive();
  EXPECT_THAT(play.chosen("b", 0), IsEmpty());
  play.arrive();
  EXPECT_THAT(play.chosen("c", 0), ElementsAre("answer c throttled queue_full"));
}

TEST_F(Choice, WaitsInALimitedLine) {
  play.configure({.concurrency = 2, .queue_limit = 1, .strategy = Strategy::user});
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.arrive(), ElementsAre("answer c throttled queue_full"));
}

TEST_F(Choice, IsLeftToTheNewStrategyWhenItChanges) {
  play.arrive();
  play.arrive();
  EXPECT_THAT(play.configure({.concurrency = 2}), ElementsAre("start 0#1 cold b"));
  EXPECT_THAT(play.chosen("a", 1), ElementsAre("start 1#2 cold a"));
}

}  // namespace
}  // namespace smyth::core
