#include "live/driver.h"

#include "test/support/driver_harness.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using core::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DebuggerTest : public test::DriverHarness {
 protected:
  // A busy environment, in a slot of its own.
  EnvironmentId busy() {
    invoke();
    const EnvironmentId id = runtime_.latest();
    runtime_.ready(id);
    return id;
  }
  const std::vector<bool>& grants(EnvironmentId id) { return runtime_.find(id)->grants; }
};

TEST_F(DebuggerTest, HasTheTerminalAndItsClockStandsStill) {
  add({.timeout = seconds(1)});
  const EnvironmentId id = busy();
  advance(milliseconds(900));
  runtime_.pause(id);
  EXPECT_THAT(grants(id), ElementsAre(true));
  advance(seconds(60));
  runtime_.proceed(id);
  EXPECT_EQ(terminals_returned_, 1);
  advance(milliseconds(99));
  EXPECT_THAT(front_.answers, IsEmpty());
  runtime_.answer(id, "1");
  EXPECT_EQ(front_.answers.back().verdict, Verdict::success);
}

TEST_F(DebuggerTest, OutputOfOthersIsHeldBackMeanwhile) {
  add({.concurrency = 2});
  const EnvironmentId debugged = busy();
  const EnvironmentId other = busy();
  runtime_.pause(debugged);
  runtime_.print(other, "later");
  EXPECT_EQ(logged(), "");
  runtime_.proceed(debugged);
  EXPECT_THAT(logged(), HasSubstr("| later\n"));
}

TEST_F(DebuggerTest, TheSecondWaitsForItsTurn) {
  add({.concurrency = 2, .timeout = seconds(1)});
  const EnvironmentId first = busy();
  const EnvironmentId second = busy();
  runtime_.pause(first);
  runtime_.pause(second);
  EXPECT_THAT(grants(second), IsEmpty());
  advance(seconds(5));  // The clocks of both stand still.
  runtime_.proceed(first);
  EXPECT_THAT(grants(second), ElementsAre(true));
  EXPECT_EQ(terminals_taken_, 2);
  EXPECT_EQ(terminals_returned_, 1);
  runtime_.proceed(second);
  EXPECT_EQ(terminals_returned_, 2);
  EXPECT_THAT(front_.answers, IsEmpty());
}

TEST_F(DebuggerTest, WithoutATerminalItIsRefusedAndTheClockRuns) {
  has_terminal_ = false;
  add({.concurrency = 2, .timeout = seconds(1)});
  const EnvironmentId first = busy();
  const EnvironmentId second = busy();
  runtime_.pause(first);
  runtime_.pause(second);
  EXPECT_THAT(grants(first), ElementsAre(false));
  EXPECT_THAT(grants(second), ElementsAre(false));
  runtime_.print(first, "goes on");
  EXPECT_THAT(logged(), HasSubstr("goes on"));
  advance(seconds(1));
  EXPECT_EQ(front_.answers.back().verdict, Verdict::timeout);
}

TEST_F(DebuggerTest, TheDeadGiveTheTerminalBack) {
  add({.concurrency = 2});
  const EnvironmentId first = busy();
  const EnvironmentId second = busy();
  runtime_.pause(first);
  runtime_.pause(second);
  runtime_.exit(first);
  EXPECT_EQ(terminals_returned_, 1);
  EXPECT_THAT(grants(second), ElementsAre(true));
  runtime_.exit(second);
  EXPECT_EQ(terminals_returned_, 2);
  runtime_.print(busy(), "shown");
  EXPECT_THAT(logged(), HasSubstr("shown"));
}

TEST_F(DebuggerTest, OneThatIsKilledGivesTheTerminalToTheNext) {
  add({.timeout = seconds(100)}, "orders");
  add({}, "stock");
  const EnvironmentId first = busy();
  invoke(1);
  const EnvironmentId second = runtime_.latest();
  runtime_.pause(first);
  runtime_.pause(second);
  // The shutdown kills the first, which then is the one that has the terminal.
  driver_.shutdown(seconds(1));
  timer_.advance(seconds(1));
  driver_.tick();
  EXPECT_EQ(terminals_returned_, terminals_taken_);
  EXPECT_EQ(runtime_.process_count(), 0u);
  log_.say(observe::Level::info, "shown");
  EXPECT_THAT(logged(), HasSubstr("shown"));
}

// breakpoint() at the very end of the timeout: the kill comes first.
TEST_F(DebuggerTest, OneWhoseTimeIsOverGetsNoTerminal) {
  add({.timeout = seconds(1)});
  const EnvironmentId id = busy();
  timer_.advance(milliseconds(1'001));  // The loop was busy: nobody has ticked.
  runtime_.pause(id);
  EXPECT_EQ(front_.answers.back().verdict, Verdict::timeout);
  EXPECT_EQ(terminals_taken_, terminals_returned_);
  log_.say(observe::Level::info, "shown");
  EXPECT_THAT(logged(), HasSubstr("shown"));
}

TEST_F(DebuggerTest, OneThatAnswersWithoutSayingSoGivesTheTerminalBack) {
  add({.concurrency = 2});
  const EnvironmentId first = busy();
  const EnvironmentId second = busy();
  runtime_.pause(first);
  runtime_.pause(second);
  runtime_.answer(first, "1");
  EXPECT_THAT(grants(second), ElementsAre(true));
  EXPECT_EQ(terminals_returned_, 1);
}

TEST_F(DebuggerTest, WorksWhileAModuleIsImported) {
  add({.init_timeout = seconds(1)});
  invoke();
  const EnvironmentId id = runtime_.latest();
  runtime_.pause(id);
  EXPECT_THAT(grants(id), ElementsAre(true));
  advance(seconds(60));
  runtime_.proceed(id);
  runtime_.ready(id);
  runtime_.answer(id, "1");
  EXPECT_EQ(front_.answers.back().verdict, Verdict::success);
}

}  // namespace
}  // namespace smyth::live
