#include "live/driver.h"

#include "test/support/driver_harness.h"

#include <gmock/gmock.h>

#include <csignal>

namespace smyth::live {
namespace {

using core::Reason;
using core::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::VirtualTimer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DriverTest : public test::DriverHarness {};

TEST_F(DriverTest, DeliversWhatTheInvocationBrought) {
  add({.timeout = seconds(3)});
  auto request = driver_.make_request();
  request->caller = Caller::invoke;
  request->event = R"({"a":1})";
  request->client_context = R"({"b":2})";
  request->trace_id = "Root=1";
  const std::string id = request->request_id;
  driver_.arrive(0, std::move(request));
  advance(milliseconds(100));
  runtime_.ready(runtime_.latest());
  const auto& to = runtime_.all().back();
  EXPECT_EQ(to.spec.name, "orders:0");
  EXPECT_EQ(to.request_id, id);
  EXPECT_EQ(to.event, R"({"a":1})");
  EXPECT_EQ(to.client_context, R"({"b":2})");
  EXPECT_EQ(to.trace_id, "Root=1");
  EXPECT_EQ(to.invoked_arn, "arn:orders");
  EXPECT_EQ(to.deadline_unix_ms, VirtualTimer::unix_ms_at_zero + 3'100);
  EXPECT_EQ(to.task_counter, 0u);
}

TEST_F(DriverTest, AnswersWithResultSlotAndTime) {
  add();
  const std::string first = invoke();
  advance(milliseconds(40));
  runtime_.ready(runtime_.latest());
  advance(milliseconds(2));
  runtime_.answer(runtime_.latest(), "41");
  const auto cold = answer_to(first);
  EXPECT_EQ(cold.verdict, Verdict::success);
  EXPECT_EQ(cold.document, "41");
  EXPECT_EQ(cold.environment, "orders:0");
  EXPECT_EQ(cold.elapsed, milliseconds(42));
  EXPECT_TRUE(cold.cold);
  const std::string second = invoke();
  EXPECT_EQ(runtime_.all().back().task_counter, 1u);
  runtime_.raise(runtime_.latest(), R"({"errorType":"E"})");
  const auto warm = answer_to(second);
  EXPECT_EQ(warm.verdict, Verdict::function_error);
  EXPECT_EQ(warm.document, R"({"errorType":"E"})");
  EXPECT_FALSE(warm.cold);
}

TEST_F(DriverTest, TellsHowAProcessEnded) {
  add();
  const std::string id = invoke();
  runtime_.ready(runtime_.latest());
  runtime_.exit(runtime_.latest(), {.signalled = true, .code = SIGSEGV});
  EXPECT_EQ(answer_to(id).verdict, Verdict::crash);
  EXPECT_TRUE(answer_to(id).exit.signalled);
  EXPECT_EQ(answer_to(id).exit.code, SIGSEGV);
}

TEST_F(DriverTest, TellsWhoseFaultTheEndWas) {
  add();
  const std::string id = invoke();
  runtime_.ready(runtime_.latest());
  runtime_.exit(runtime_.latest(), {.code = 3, .error_type = "Extension.Crash"});
  EXPECT_EQ(answer_to(id).exit.error_type, "Extension.Crash");
}

TEST_F(DriverTest, TellsWhyNoProcessCouldBeStarted) {
  add();
  const std::string id = invoke();
  runtime_.fail_spawn(runtime_.latest(), {ErrorCode::failed, "no memory", "buy some"});
  EXPECT_EQ(answer_to(id).verdict, Verdict::spawn_failed);
  EXPECT_EQ(answer_to(id).detail, "no memory");
  EXPECT_EQ(logged(), "error: starting `orders:0`: no memory\nhint: buy some\n");
}

TEST_F(DriverTest, AnInitErrorIsTheAnswer) {
  add();
  const std::string id = invoke();
  runtime_.fail(runtime_.latest(),
                R"({"errorMessage":"no\nmodule","errorType":"Runtime.ImportModuleError"})");
  EXPECT_EQ(answer_to(id).verdict, Verdict::init_error);
  EXPECT_THAT(answer_to(id).document, HasSubstr("ImportModuleError"));
  EXPECT_EQ(answer_to(id).environment, "orders:0");
  EXPECT_EQ(answer_to(id).reload_error, "");  // There is no older code that serves on.
  EXPECT_EQ(logged(), "error: `orders:0` does not load: Runtime.ImportModuleError: no module\n");
}

// Deadlines that have passed fire within the same call: their answers have nothing of the news at
// hand.
TEST_F(DriverTest, AnAnswerNeverCarriesTheDocumentOfAnother) {
  add({.concurrency = 2, .timeout = seconds(1)});
  const std::string slow = invoke();
  const EnvironmentId first = runtime_.latest();
  runtime_.ready(first);
  advance(milliseconds(500));
  const std::string quick = invoke();
  const EnvironmentId second = runtime_.latest();
  runtime_.ready(second);
  timer_.advance(milliseconds(600));  // The loop was busy: nobody has ticked.
  runtime_.answer(second, "\"mine\"");
  EXPECT_EQ(answer_to(quick).document, "\"mine\"");
  EXPECT_EQ(answer_to(slow).verdict, Verdict::timeout);
  EXPECT_EQ(answer_to(slow).document, "");
}

TEST_F(DriverTest, WordsOfTheDeadAreIgnored) {
  add({.timeout = seconds(1)});
  const std::string id = invoke();
  const EnvironmentId dead = runtime_.latest();
  runtime_.ready(dead);
  advance(seconds(2));
  EXPECT_EQ(answer_to(id).verdict, Verdict::timeout);
  runtime_.answer(dead, "late");
  runtime_.pause(dead);
  runtime_.exit(dead);
  EXPECT_EQ(front_.answers.size(), 1u);
  EXPECT_THAT(logged(), Not(HasSubstr("late")));
}

TEST_F(DriverTest, WhatIsWrittenInAShutdownPhaseIsShown) {
  add({.timeout = seconds(1)});
  invoke();
  const EnvironmentId before = runtime_.latest();
  runtime_.ready(before);
  advance(seconds(2));
  runtime_.print(before, "its end");
  invoke();  // The same environment begins anew.
  runtime_.print(before, "its end, still");
  EXPECT_THAT(logged(), HasSubstr("orders:0 | its end\norders:0 | its end, still\n"));
}

// --- Callers ---

TEST_F(DriverTest, WhoLeavesWhileWaitingTakesNoTurn) {
  add();
  invoke(0, {.connection = 1});
  const std::string waiting = invoke(0, {.connection = 2});
  const std::string next = invoke(0, {.connection = 3});
  driver_.gone({.connection = 2, .generation = 1});
  EXPECT_EQ(answer_to(waiting).verdict, Verdict::abandoned);
  runtime_.ready(runtime_.latest());
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(runtime_.all().back().request_id, next);
}

TEST_F(DriverTest, WhoLeavesWhileItRunsIsAnsweredNonetheless) {
  add();
  const std::string id = invoke(0, {.connection = 1});
  runtime_.ready(runtime_.latest());
  driver_.gone({.connection = 1, .generation = 1});
  EXPECT_FALSE(is_answered(id));
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(answer_to(id).verdict, Verdict::success);
}

TEST_F(DriverTest, AnOldOrUnknownExchangeIsNobody) {
  add();
  invoke(0, {.connection = 1});
  runtime_.ready(runtime_.latest());
  const std::string waiting = invoke(0, {.connection = 2});
  driver_.gone({.connection = 2, .generation = 0});
  driver_.gone({.connection = 2, .generation = 2});
  driver_.gone({.connection = 99, .generation = 1});
  runtime_.answer(runtime_.latest(), "1");
  driver_.gone({.connection = 1, .generation = 1});  // Answered already.
  EXPECT_FALSE(is_answered(waiting));
  runtime_.answer(runtime_.latest(), "2");
  EXPECT_EQ(answer_to(waiting).document, "2");
}

TEST_F(DriverTest, AnEventIsAcceptedOnceAndThenRuns) {
  add();
  const std::string id = invoke(0, {.caller = Caller::event});
  EXPECT_EQ(front_.accepted_ids, std::vector{id});
  EXPECT_FALSE(is_answered(id));
  runtime_.ready(runtime_.latest());
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_TRUE(answer_to(id).is_answered);
  EXPECT_EQ(front_.accepted_ids.size(), 1u);
}

TEST_F(DriverTest, AnEventThatFindsTheQueueFullIsRefusedAndNotAccepted) {
  add({.event_queue_limit = 1});
  const std::string runs = invoke(0, {.caller = Caller::event});
  const std::string waits = invoke(0, {.caller = Caller::event});
  const std::string refused = invoke(0, {.caller = Caller::event});
  EXPECT_EQ(front_.accepted_ids, (std::vector{runs, waits}));
  EXPECT_EQ(answer_to(refused).verdict, Verdict::throttled);
  EXPECT_EQ(answer_to(refused).reason, Reason::queue_full);
  EXPECT_FALSE(answer_to(refused).is_answered);  // It still needs its 429.
}

TEST_F(DriverTest, AnArrivalWithinAnAnswerWaitsItsTurn) {
  add();
  invoke();
  runtime_.ready(runtime_.latest());
  std::string next;
  front_.on_answer = [&] {
    front_.on_answer = {};
    next = invoke();
    EXPECT_EQ(runtime_.all().back().deliveries, 1u);
  };
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(runtime_.all().back().request_id, next);
  EXPECT_EQ(runtime_.all().size(), 1u);
}

TEST_F(DriverTest, ArrivalsWithinAnswersDoNotPileUpOnTheStack) {
  add({.queue_limit = 0});
  invoke();
  int left = 200'000;
  front_.on_answer = [&] {
    if (--left > 0) invoke(0, {.connection = 2});
  };
  invoke(0, {.connection = 2});
  EXPECT_EQ(left, 0);
}

TEST_F(DriverTest, AUsedRequestIsLikeANewOne) {
  add();
  auto request = driver_.make_request();
  Request* const place = request.get();
  request->caller = Caller::event;
  request->log_tail = true;
  request->event = request->invoked_arn = request->client_context = request->trace_id =
      request->context = request->what = "used";
  request->http = std::make_unique<runtime::HookRequest>();
  driver_.arrive(0, std::move(request));
  runtime_.ready(runtime_.latest());
  runtime_.answer(runtime_.latest(), "1");
  const auto again = driver_.make_request();
  ASSERT_EQ(again.get(), place);
  EXPECT_EQ(again->caller, Caller::http);
  EXPECT_FALSE(again->log_tail || again->is_answered || again->is_delivered || again->cold);
  for (const std::string* text : {&again->event, &again->invoked_arn, &again->client_context,
                                  &again->trace_id, &again->context, &again->what}) {
    EXPECT_THAT(*text, IsEmpty());
  }
  EXPECT_EQ(again->http, nullptr);
  EXPECT_EQ(again->tail, nullptr);
  EXPECT_FALSE(again->environment);
}

TEST_F(DriverTest, ALargeEventIsNotKept) {
  add();
  auto request = driver_.make_request();
  request->caller = Caller::invoke;
  request->event = std::string(6u << 20, 'x');
  driver_.arrive(0, std::move(request));
  runtime_.ready(runtime_.latest());
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_LT(driver_.make_request()->event.capacity(), 1u << 17);
}

// --- Functions ---

TEST_F(DriverTest, ARemovedFunctionAnswersAllThatWait) {
  add();
  const std::string runs = invoke();
  runtime_.ready(runtime_.latest());
  const std::string waits = invoke();
  const std::string event = invoke(0, {.caller = Caller::event});
  driver_.remove(0);
  EXPECT_EQ(answer_to(waits).verdict, Verdict::abandoned);
  EXPECT_EQ(answer_to(event).verdict, Verdict::abandoned);
  EXPECT_FALSE(is_answered(runs));
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(answer_to(runs).verdict, Verdict::success);
  EXPECT_TRUE(driver_.is_quiet());
  EXPECT_EQ(answer_to(invoke()).verdict, Verdict::abandoned);
}

TEST_F(DriverTest, AFunctionAddedAgainIsAnother) {
  add();
  warm_up();
  driver_.remove(0);
  EXPECT_EQ(add(), 1u);
  const std::string id = invoke(1);
  EXPECT_EQ(runtime_.all().size(), 2u);
  EXPECT_NE(runtime_.all()[0].spec.log_stream, runtime_.all()[1].spec.log_stream);
  runtime_.ready(runtime_.latest());
  EXPECT_EQ(runtime_.all().back().task_counter, 0u);
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_TRUE(answer_to(id).cold);
}

TEST_F(DriverTest, CountsRightlyInASlotThatIsNoMore) {
  add({.concurrency = 2});
  invoke();
  invoke();
  const EnvironmentId one = runtime_.latest();
  driver_.change(0, function({.concurrency = 1}), {});
  runtime_.ready(one);
  EXPECT_EQ(runtime_.find(one)->deliveries, 1u);
  EXPECT_EQ(runtime_.find(one)->task_counter, 0u);
}

TEST_F(DriverTest, ShutdownLetsRunningOnesEndAndKillsTheRest) {
  add({.concurrency = 2, .timeout = seconds(10)});
  const std::string quick = invoke();
  const EnvironmentId first = runtime_.latest();
  const std::string slow = invoke();
  const EnvironmentId second = runtime_.latest();
  runtime_.ready(first);
  runtime_.ready(second);
  const std::string waits = invoke();
  driver_.shutdown(milliseconds(500));
  EXPECT_EQ(answer_to(waits).verdict, Verdict::shutdown);
  runtime_.answer(first, "1");
  EXPECT_EQ(answer_to(quick).verdict, Verdict::success);
  EXPECT_FALSE(driver_.is_quiet());
  advance(milliseconds(500));
  EXPECT_EQ(answer_to(slow).verdict, Verdict::shutdown);
  EXPECT_TRUE(driver_.is_quiet());
  EXPECT_EQ(runtime_.process_count(), 0u);
}

TEST_F(DriverTest, WhatArrivesForAFunctionThatIsHeldWaitsUntilItIsReleasedAsOften) {
  add();
  add({}, "stock");
  const EnvironmentId held = warm_up(0);
  const EnvironmentId other = warm_up(1);
  driver_.hold(0);
  driver_.hold(0);
  invoke(0);
  invoke(1);
  driver_.release(0);
  EXPECT_EQ(runtime_.find(held)->deliveries, 1u);
  EXPECT_EQ(runtime_.find(other)->deliveries, 2u);
  driver_.release(0);
  EXPECT_EQ(runtime_.find(held)->deliveries, 2u);
}

TEST_F(DriverTest, WhatWaitsForAFunctionThatIsHeldHearsOfAShutdown) {
  add();
  driver_.hold(0);
  driver_.hold(0);
  const std::string waits = invoke(0);
  driver_.shutdown(milliseconds(0));
  EXPECT_EQ(answer_to(waits).verdict, Verdict::shutdown);
  driver_.release(0);
  driver_.release(0);
}

}  // namespace
}  // namespace smyth::live
