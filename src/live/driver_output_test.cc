// What is shown of invocations, and the tail of their log.
#include "live/driver.h"
#include "test/support/driver_harness.h"

#include <gmock/gmock.h>

#include <csignal>

namespace smyth::live {
namespace {

using core::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DriverOutput : public test::DriverHarness {};

TEST_F(DriverOutput, ShowsOutputUnderTheRequestThatRuns) {
  add();
  const std::string first = invoke();
  const EnvironmentId id = runtime_.latest();
  runtime_.print(id, "imported");
  runtime_.ready(id);
  runtime_.print(id, "one");
  runtime_.answer(id, "1");
  runtime_.print(id, "a thread");
  const std::string second = invoke();
  runtime_.print(id, "two");
  runtime_.answer(id, "2");
  EXPECT_EQ(logged(), "orders:0 " + first + " | imported\norders:0 " + first +
                          " | one\norders:0 | a thread\norders:0 " + second + " | two\n");
}

TEST_F(DriverOutput, ShowsOutputOfEachSlotUnderItsOwnRequest) {
  add({.concurrency = 2});
  const std::string first = invoke();
  const EnvironmentId zero = runtime_.latest();
  const std::string second = invoke();
  const EnvironmentId one = runtime_.latest();
  runtime_.ready(one);
  runtime_.ready(zero);
  runtime_.print(one, "b");
  runtime_.print(zero, "a");
  EXPECT_EQ(logged(), "orders:1 " + second + " | b\norders:0 " + first + " | a\n");
}

TEST_F(DriverOutput, TheLogTailHasStartOutputEndAndReport) {
  add();
  const std::string cold = invoke(0, {.log_tail = true});
  const EnvironmentId id = runtime_.latest();
  advance(milliseconds(110));
  runtime_.ready(id);
  runtime_.print(id, "hello");
  advance(milliseconds(3));
  runtime_.answer(id, "1");
  EXPECT_EQ(answer_to(cold).tail,
            "START RequestId: " + cold + " Version: $LATEST\nhello\nEND RequestId: " + cold +
                "\nREPORT RequestId: " + cold +
                "\tDuration: 3.00 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\t"
                "Max Memory Used: 30 MB\tInit Duration: 110.00 ms\t\n");
  const std::string warm = invoke(0, {.log_tail = true});
  advance(milliseconds(1));
  runtime_.answer(id, "1");
  EXPECT_THAT(answer_to(warm).tail, HasSubstr("REPORT RequestId: " + warm + "\tDuration: 1.00 ms"));
  EXPECT_THAT(answer_to(warm).tail, Not(HasSubstr("Init Duration")));
  EXPECT_THAT(answer_to(warm).tail, Not(HasSubstr("hello")));
}

TEST_F(DriverOutput, TheLogTailEndsWithWhatWasWrittenBeforeTheKill) {
  add({.timeout = seconds(1)});
  const std::string id = invoke(0, {.log_tail = true});
  runtime_.ready(runtime_.latest());
  runtime_.all().back().last_words = {"the last line"};
  advance(seconds(1));
  EXPECT_EQ(answer_to(id).verdict, Verdict::timeout);
  EXPECT_THAT(answer_to(id).tail, HasSubstr("$LATEST\nthe last line\nEND RequestId: "));
  EXPECT_THAT(answer_to(id).tail, HasSubstr("Status: timeout\n"));
  EXPECT_THAT(logged(), HasSubstr("orders:0 " + id + " | the last line\n"));
}

TEST_F(DriverOutput, TheLogTailTellsOfACrash) {
  add();
  const std::string id = invoke(0, {.log_tail = true});
  runtime_.ready(runtime_.latest());
  runtime_.exit(runtime_.latest());
  EXPECT_THAT(answer_to(id).tail, HasSubstr("Status: error\tError Type: Runtime.ExitError\n"));
}

}  // namespace
}  // namespace smyth::live
