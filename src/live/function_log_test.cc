// What goes to functions' logs, through the driver.
#include "live/function_log.h"

#include "test/support/driver_harness.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using observe::LogEventType;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Keeps the types, and the records as JSON.
class Ear final : public observe::LogListener {
 public:
  void on_log_event(const observe::LogEvent& event) override {
    types.emplace_back(type_name(event.type));
    records.push_back(record_json(event));
    environments.push_back(event.environment);
  }
  std::vector<std::string> types;
  std::vector<std::string> records;
  std::vector<EnvironmentId> environments;
};

class FunctionLogTest : public test::DriverHarness {
 protected:
  // All that the history has, as `smyth logs` shows it.
  std::string history() const {
    std::string text;
    for (const auto& entry : driver_.history().entries()) {
      append_log_text(text, entry.event, entry.source->format);
    }
    return text;
  }

  Ear ear_;
};

TEST_F(FunctionLogTest, TellsAListenerOfAllThatHappensInAnEnvironment) {
  add();
  driver_.set_log_listener(&ear_);
  const std::string id = invoke();
  runtime_.print(runtime_.latest(), "from init");
  advance(milliseconds(110));
  runtime_.ready(runtime_.latest());
  runtime_.print(runtime_.latest(), "hello");
  advance(milliseconds(3));
  runtime_.answer(runtime_.latest(), "123");
  EXPECT_THAT(ear_.types, ElementsAre("platform.initStart", "function", "platform.initRuntimeDone",
                                      "platform.initReport", "platform.start", "function",
                                      "platform.runtimeDone", "platform.report"));
  EXPECT_EQ(ear_.records[1], R"("from init")");
  EXPECT_EQ(ear_.records[3],
            R"({"initializationType":"on-demand","phase":"init","status":"success",)"
            R"("metrics":{"durationMs":110}})");
  EXPECT_EQ(ear_.records[4], R"({"requestId":")" + id + R"(","version":"$LATEST"})");
  EXPECT_THAT(ear_.records[6], HasSubstr(R"("metrics":{"durationMs":3,"producedBytes":3})"));
  EXPECT_THAT(ear_.records[7], HasSubstr(R"("billedDurationMs":113,"memorySizeMB":128,)"
                                         R"("maxMemoryUsedMB":30,"initDurationMs":110})"));
  EXPECT_THAT(ear_.environments, testing::Each(runtime_.latest()));
  driver_.set_log_listener(nullptr);
  invoke();
  EXPECT_EQ(ear_.types.size(), 8u);
}

TEST_F(FunctionLogTest, TellsThatTheRuntimeIsDoneWhileExtensionsGoOn) {
  add();
  driver_.set_log_listener(&ear_);
  invoke();
  driver_.on_runtime_done(runtime_.latest());
  EXPECT_THAT(ear_.types, ElementsAre("platform.initStart", "platform.initRuntimeDone"));
  runtime_.ready(runtime_.latest());
  runtime_.answer_early(runtime_.latest(), "123", false);
  EXPECT_THAT(ear_.types, ElementsAre("platform.initStart", "platform.initRuntimeDone",
                                      "platform.initReport", "platform.start"));
  advance(milliseconds(3));
  driver_.on_runtime_done(runtime_.latest());
  EXPECT_THAT(ear_.types.back(), "platform.runtimeDone");
  EXPECT_THAT(ear_.records.back(), HasSubstr(R"("metrics":{"durationMs":3,"producedBytes":3})"));
  advance(milliseconds(4));
  runtime_.finish(runtime_.latest());
  EXPECT_THAT(std::vector(ear_.types.end() - 2, ear_.types.end()),
              ElementsAre("platform.runtimeDone", "platform.report"));
  EXPECT_THAT(ear_.records.back(), HasSubstr(R"("durationMs":7,)"));
  EXPECT_THAT(ear_.records.back(), HasSubstr(R"("spans":[{"name":"extensionOverhead",)"));
  driver_.set_log_listener(nullptr);
}

TEST_F(FunctionLogTest, SaysWhyAnEnvironmentStarts) {
  config::Function restored = function();
  restored.snap_start = true;
  driver_.add(restored, "arn:orders", {});
  driver_.set_log_listener(&ear_);
  invoke();
  EXPECT_TRUE(ear_.records.empty());
  runtime_.initialise(runtime_.latest());
  runtime_.restore(runtime_.latest());
  runtime_.ready(runtime_.latest());
  EXPECT_THAT(ear_.records.front(),
              HasSubstr(R"("initializationType":"snap-start","phase":"snap-start")"));
  EXPECT_EQ(runtime_.all().back().spec.environ.at("AWS_LAMBDA_INITIALIZATION_TYPE"), "snap-start");
  driver_.set_log_listener(nullptr);
}

TEST_F(FunctionLogTest, TellsApartInitAndRestoreOfASnapshot) {
  config::Function restored = function();
  restored.snap_start = true;
  driver_.add(restored, "arn:orders", {});
  driver_.set_log_listener(&ear_);
  const std::string id = invoke();
  runtime_.initialise(runtime_.latest());
  advance(milliseconds(300));
  runtime_.restore(runtime_.latest());
  advance(milliseconds(7));
  runtime_.ready(runtime_.latest());
  advance(milliseconds(3));
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_THAT(ear_.types, ElementsAre("platform.initStart", "platform.initRuntimeDone",
                                      "platform.initReport", "platform.restoreStart",
                                      "platform.restoreRuntimeDone", "platform.restoreReport",
                                      "platform.start", "platform.runtimeDone", "platform.report"));
  EXPECT_THAT(ear_.records[2], HasSubstr(R"("metrics":{"durationMs":300})"));
  EXPECT_THAT(ear_.records[5], HasSubstr(R"("metrics":{"durationMs":7})"));
  EXPECT_THAT(ear_.records[8], HasSubstr(R"("billedDurationMs":3,)"));
  EXPECT_THAT(ear_.records[8], HasSubstr(R"("restoreDurationMs":7,"billedRestoreDurationMs":7})"));
  EXPECT_THAT(history(), HasSubstr("INIT_REPORT Init Duration: 300.00 ms\tPhase: init\t\n"));
  EXPECT_THAT(history(), HasSubstr("RESTORE_REPORT Restore Duration: 7.00 ms\t\n"));
  driver_.set_log_listener(nullptr);
}

TEST_F(FunctionLogTest, TellsOfARestoreThatFails) {
  config::Function restored = function();
  restored.snap_start = true;
  driver_.add(restored, "arn:orders", {});
  invoke();
  runtime_.restore(runtime_.latest());
  runtime_.fail(runtime_.latest(), R"({"errorType":"Runtime.AfterRestoreError"})");
  EXPECT_THAT(history(), HasSubstr("RESTORE_REPORT Restore Duration: 0.00 ms\tStatus: error\t"
                                   "Error Type: Runtime.AfterRestoreError\n"));
  EXPECT_THAT(history(), Not(HasSubstr("INIT_")));
}

TEST_F(FunctionLogTest, SaysOnceForEachStateOfTheCodeWhatASnapshotShares) {
  config::Function restored = function();
  restored.snap_start = true;
  driver_.add(restored, "arn:orders", {});
  for (int changes = 0; changes < 2; ++changes) {
    const auto told = [&](const std::string& what) {
      driver_.on_shared(runtime_.latest(), what);
      return logged();
    };
    invoke();
    EXPECT_THAT(told("a thread"), HasSubstr("must not share: a thread\n"));
    EXPECT_THAT(told("a thread"), IsEmpty());
    driver_.changed({}, true);
    runtime_.ready(runtime_.latest());
    runtime_.answer(runtime_.latest(), "1");
  }
  EXPECT_THAT(runtime_.forgotten(), ElementsAre("0/0", "0/1"));
}

TEST_F(FunctionLogTest, TakesRecordsOfOthersIntoTheLog) {
  add();
  warm_up();
  driver_.log(runtime_.latest(), {.type = LogEventType::extension,
                                  .name = "watch",
                                  .text = "Ready",
                                  .words = "INVOKE,SHUTDOWN"});
  driver_.log({.index = 77, .generation = 1}, {.text = "of nobody"});
  EXPECT_THAT(history(),
              EndsWith("EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"));
}

TEST_F(FunctionLogTest, EndsTheInvocationOfAForeignRuntimeWithItsNextRequest) {
  add();
  const std::string id = invoke();
  runtime_.ready(runtime_.latest());
  advance(milliseconds(2));
  runtime_.answer_early(runtime_.latest(), "1", false);
  EXPECT_TRUE(is_answered(id));
  runtime_.print(runtime_.latest(), "after the answer");
  EXPECT_THAT(history(), Not(HasSubstr("REPORT")));
  advance(milliseconds(3));
  runtime_.finish(runtime_.latest());
  EXPECT_THAT(history(), HasSubstr("after the answer\nEND RequestId: " + id +
                                   "\nREPORT RequestId: " + id + "\tDuration: 5.00 ms\t"));
  EXPECT_THAT(logged(), HasSubstr("orders:0 " + id + " | after the answer\n"));
}

TEST_F(FunctionLogTest, HoldsAnAnswerWithItsTailUntilTheReportIsInIt) {
  add();
  const std::string id = invoke(0, {.log_tail = true});
  runtime_.ready(runtime_.latest());
  runtime_.answer_early(runtime_.latest(), "41", false);
  EXPECT_FALSE(is_answered(id));
  runtime_.print(runtime_.latest(), "after the answer");
  advance(milliseconds(3));
  runtime_.finish(runtime_.latest());
  EXPECT_EQ(answer_to(id).document, "41");
  EXPECT_EQ(answer_to(id).environment, "orders:0");
  EXPECT_THAT(answer_to(id).tail,
              HasSubstr("after the answer\nEND RequestId: " + id + "\nREPORT "));
}

TEST_F(FunctionLogTest, HoldsAnAnswerNoLongerThanTheTimeout) {
  add({.timeout = seconds(1)});
  const std::string id = invoke(0, {.log_tail = true});
  runtime_.ready(runtime_.latest());
  runtime_.answer_early(runtime_.latest(), "41", false);
  advance(milliseconds(999));
  EXPECT_FALSE(is_answered(id));
  advance(milliseconds(1));
  EXPECT_EQ(answer_to(id).verdict, core::Verdict::success);
  EXPECT_EQ(answer_to(id).document, "41");
  EXPECT_THAT(answer_to(id).tail, EndsWith("\tStatus: timeout\n"));
}

TEST_F(FunctionLogTest, GivesAHeldAnswerOutWhenTheProcessEnds) {
  add();
  const std::string id = invoke(0, {.log_tail = true});
  runtime_.ready(runtime_.latest());
  runtime_.answer_early(runtime_.latest(), "41", false);
  runtime_.exit(runtime_.latest());
  EXPECT_EQ(answer_to(id).document, "41");
  EXPECT_THAT(answer_to(id).tail, EndsWith("Status: error\tError Type: Runtime.ExitError\n"));
}

TEST_F(FunctionLogTest, CountsTheInitOfAnEnvironmentThatWasResetAsTheInvocations) {
  add({.timeout = seconds(1)});
  invoke();
  runtime_.ready(runtime_.latest());
  advance(seconds(1));
  const std::string id = invoke(0, {.log_tail = true});
  advance(milliseconds(70));
  runtime_.ready(runtime_.latest());
  advance(milliseconds(5));
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_THAT(answer_to(id).tail, HasSubstr("\tDuration: 75.00 ms\tBilled Duration: 75 ms\t"));
  EXPECT_THAT(answer_to(id).tail, Not(HasSubstr("Init Duration")));
}

TEST_F(FunctionLogTest, KnowsTheMemoryOfAProcessThatEnded) {
  add();
  warm_up();
  invoke();
  runtime_.exit(runtime_.latest(), {.code = 1, .max_rss_kib = 100u << 10});
  EXPECT_THAT(history(), EndsWith("Max Memory Used: 100 MB\tStatus: error\t"
                                  "Error Type: Runtime.ExitError\n"));
  // What was there before was another process, whose init is tried twice.
  invoke();
  runtime_.exit(runtime_.latest(), {.code = 1, .max_rss_kib = 70u << 10});
  advance(seconds(1));
  runtime_.exit(runtime_.latest(), {.code = 1, .max_rss_kib = 50u << 10});
  advance(seconds(1));
  EXPECT_THAT(history(), HasSubstr("Max Memory Used: 50 MB\tStatus: error\t"));
}

TEST_F(FunctionLogTest, LooksUpTheMemoryOfOneThatDoesNotTellOfIt) {
  add();
  advance(seconds(1));
  invoke();
  runtime_.ready(runtime_.latest());
  runtime_.set_peak_memory_kib(60u << 10);
  advance(milliseconds(1));
  driver_.on_result(runtime_.latest(), {.max_rss_kib = 0, .modules = {}, .document = "1"});
  EXPECT_THAT(history(), HasSubstr("Max Memory Used: 60 MB"));
}

TEST_F(FunctionLogTest, OneThatWasKilledForItsMemoryHadAllThatItMayHave) {
  add();
  warm_up();
  invoke();
  runtime_.exit(
      runtime_.latest(),
      {.signalled = true, .code = 9, .max_rss_kib = 300u << 10, .has_passed_memory = true});
  EXPECT_THAT(history(), HasSubstr("Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error"));
}

TEST_F(FunctionLogTest, TellsWhyAnInitFailedAndOfTheInvocationThatItCost) {
  add();
  const std::string id = invoke();
  advance(milliseconds(20));
  runtime_.fail(runtime_.latest(), R"({"errorType":"Runtime.ImportModuleError"})");
  advance(milliseconds(600));
  EXPECT_TRUE(is_answered(id));
  EXPECT_THAT(history(), HasSubstr("INIT_REPORT Init Duration: "));
  EXPECT_THAT(history(), HasSubstr(" ms\tPhase: init\tStatus: error\tError Type: "
                                   "Runtime.ImportModuleError\nSTART RequestId: " +
                                   id + " Version: $LATEST\nEND RequestId: " + id + "\nREPORT "));
  EXPECT_THAT(history(), EndsWith("Status: error\tError Type: Runtime.ImportModuleError\n"));
}

TEST_F(FunctionLogTest, TellsOfAnInitThatTookTooLongTwice) {
  add({.timeout = seconds(3), .init_timeout = seconds(10)});
  const std::string id = invoke();
  advance(seconds(13));
  EXPECT_EQ(answer_to(id).verdict, core::Verdict::timeout);
  EXPECT_THAT(history(), HasSubstr("INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\t"
                                   "Status: timeout\n"));
  EXPECT_THAT(history(), HasSubstr("INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\t"
                                   "Status: timeout\n"));
  EXPECT_THAT(history(), HasSubstr("REPORT RequestId: " + id + "\tDuration: 3000.00 ms\t"));
  EXPECT_THAT(history(), EndsWith("Status: timeout\n"));
}

TEST_F(FunctionLogTest, SaysNothingOfAnInvocationThatNeverReachedAnEnvironment) {
  add({.overflow = core::Overflow::throttle});
  invoke();
  const std::string refused = invoke();
  EXPECT_EQ(answer_to(refused).verdict, core::Verdict::throttled);
  EXPECT_THAT(history(), Not(HasSubstr(refused)));
}

TEST_F(FunctionLogTest, ShowsThePlatformsLinesWhereTheyAreAskedFor) {
  add();
  warm_up();
  EXPECT_THAT(logged(), IsEmpty());
  EXPECT_THAT(history(), HasSubstr("INIT_START Runtime Version: "));
}

}  // namespace
}  // namespace smyth::live
