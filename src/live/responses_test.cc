#include "live/responses.h"

#include "base/unique_fd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace smyth::live {
namespace {

using core::Reason;
using core::Verdict;
using testing::HasSubstr;

constexpr std::string_view restore_timeout =
    R"({"errorType":"Runtime.RestoreHookUserTimeout","errorMessage":"too long"})";
constexpr std::string_view internal = R"({"message":"Internal Server Error"})";
constexpr std::string_view unavailable = R"({"message":"Service Unavailable"})";

class Responses : public testing::Test {
 protected:
  Responses() {
    function_.name = "orders";
    function_.spec.timeout = std::chrono::seconds(3);
    function_.spec.queue_limit = 7;
    function_.spec.concurrency = 2;
    function_.spec.reserved = 3;
    request_.request_id = "id-1";
  }

  Answer answer(Verdict verdict, std::string_view document = {}) {
    return {.request = request_,
            .verdict = verdict,
            .reason = Reason::none,
            .environment = "orders:0",
            .document = document};
  }
  front::HttpResponse http(const Answer& answer) { return http_response(answer, log_); }
  front::HttpResponse invoke(const Answer& answer) { return invoke_response(answer, function_); }
  std::string header(const front::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  std::string explained(const Answer& answer) {
    explain(answer, function_, log_);
    return logged();
  }
  std::string logged() {
    std::string text(10'000, '\0');
    const ssize_t count = ::pread(file_.get(), text.data(), text.size(), seen_);
    text.resize(static_cast<std::size_t>(count));
    seen_ += count;
    return text;
  }

  UniqueFd file_{::memfd_create("log", MFD_CLOEXEC)};
  off_t seen_ = 0;
  observe::Log log_{{.fd = file_.get()}};
  config::Function function_;
  Request request_;
};

// --- HTTP ---

TEST_F(Responses, SayAsLambdaThatASnapshotIsNotRestoredInTime) {
  const auto response = invoke(answer(Verdict::init_error, restore_timeout));
  EXPECT_EQ(response.status, 408u);
  EXPECT_EQ(header(response, "x-amzn-ErrorType"), "SnapStartTimeoutException");
  EXPECT_EQ(header(response, "X-Amz-Function-Error"), "");
  EXPECT_EQ(http(answer(Verdict::init_error, restore_timeout)).status, 500u);
}

TEST_F(Responses, AResultBecomesAResponse) {
  const auto response = http(answer(Verdict::success, R"({"statusCode":201,"body":"made"})"));
  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(response.body, "made");
  EXPECT_EQ(logged(), "");
}

TEST_F(Responses, AMalformedResultIs500AndTold) {
  const auto response = http(answer(Verdict::success, R"({"statusCode":"abc"})"));
  EXPECT_EQ(response.status, 500u);
  EXPECT_EQ(response.body, internal);
  EXPECT_THAT(logged(), HasSubstr("error: `orders:0` returned what HTTP API cannot answer: "));
}

TEST_F(Responses, WhatHasNoResultIs500ForHttp) {
  for (const Verdict verdict :
       {Verdict::function_error, Verdict::timeout, Verdict::crash, Verdict::init_error,
        Verdict::init_crash, Verdict::spawn_failed, Verdict::hook_failed, Verdict::abandoned}) {
    const auto response = http(answer(verdict, R"({"errorMessage":"secret"})"));
    EXPECT_EQ(response.status, 500u);
    EXPECT_EQ(response.body, internal);
  }
}

TEST_F(Responses, ThrottledAndStoppedIs503ForHttp) {
  for (const Verdict verdict : {Verdict::throttled, Verdict::shutdown}) {
    EXPECT_EQ(http(answer(verdict)).status, 503u);
    EXPECT_EQ(http(answer(verdict)).body, unavailable);
  }
}

// --- Invoke ---

TEST_F(Responses, AResultIsThePayload) {
  request_.tail = std::make_unique<observe::Tail>();
  request_.tail->add("log\n");
  const auto response = invoke(answer(Verdict::success, "1.0"));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "1.0");
  EXPECT_EQ(header(response, "X-Amz-Function-Error"), "");
  EXPECT_EQ(header(response, "X-Amz-Log-Result"), "bG9nCg==");
  EXPECT_EQ(header(response, "x-amzn-RequestId"), "id-1");
}

TEST_F(Responses, AnErrorOfTheFunctionIs200AndUnhandled) {
  for (const Verdict verdict : {Verdict::function_error, Verdict::init_error}) {
    const auto response = invoke(answer(verdict, R"({"errorType":"E"})"));
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.body, R"({"errorType":"E"})");
    EXPECT_EQ(header(response, "X-Amz-Function-Error"), "Unhandled");
  }
}

TEST_F(Responses, ATimeoutIsAnErrorOfTheFunction) {
  const auto response = invoke(answer(Verdict::timeout));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(header(response, "X-Amz-Function-Error"), "Unhandled");
  EXPECT_THAT(response.body, HasSubstr("Sandbox.Timedout"));
  EXPECT_THAT(response.body, HasSubstr("id-1 Error: Task timed out after 3.00 seconds"));
}

TEST_F(Responses, ACrashSaysHowTheProcessEnded) {
  for (const Verdict verdict : {Verdict::crash, Verdict::init_crash}) {
    Answer crashed = answer(verdict);
    crashed.exit.code = 7;
    EXPECT_THAT(invoke(crashed).body, HasSubstr("Runtime.ExitError"));
    EXPECT_THAT(invoke(crashed).body, HasSubstr("exit status 7"));
    crashed.exit.signalled = true;
    crashed.exit.code = SIGSEGV;
    EXPECT_THAT(invoke(crashed).body, HasSubstr("signal: segmentation fault"));
    EXPECT_EQ(invoke(crashed).status, 200u);
    EXPECT_EQ(header(invoke(crashed), "X-Amz-Function-Error"), "Unhandled");
  }
}

TEST_F(Responses, ThrottledIs429ForInvoke) {
  const auto response = invoke(answer(Verdict::throttled));
  EXPECT_EQ(response.status, 429u);
  EXPECT_EQ(header(response, "x-amzn-ErrorType"), "TooManyRequestsException");
  EXPECT_THAT(response.body, HasSubstr("ReservedFunctionConcurrentInvocationLimitExceeded"));
}

TEST_F(Responses, FaultsOfTheServerAreServiceExceptions) {
  const std::pair<Verdict, std::string_view> cases[] = {
      {Verdict::hook_failed, "the server's log has the traceback"},
      {Verdict::spawn_failed, "The environment could not be started: no \\\"fork\\\""},
      {Verdict::abandoned, "The function was removed from the configuration."},
      {Verdict::shutdown, "The server is shutting down."}};
  for (const auto& [verdict, message] : cases) {
    Answer failed = answer(verdict);
    failed.detail = "no \"fork\"";
    const auto response = invoke(failed);
    EXPECT_EQ(response.status, 500u);
    EXPECT_EQ(header(response, "x-amzn-ErrorType"), "ServiceException");
    EXPECT_THAT(response.body, HasSubstr(message));
  }
}

// --- The log ---

TEST_F(Responses, WhatTheHandlerAnsweredNeedsNoExplanation) {
  for (const Verdict verdict : {Verdict::success, Verdict::function_error, Verdict::init_error,
                                Verdict::spawn_failed, Verdict::abandoned, Verdict::shutdown}) {
    EXPECT_EQ(explained(answer(verdict)), "");
  }
}

TEST_F(Responses, TimeoutsAndCrashesAreExplained) {
  EXPECT_EQ(explained(answer(Verdict::timeout)),
            "error: `orders:0` timed out after 3.00 seconds (request id-1)\n");
  Answer crashed = answer(Verdict::crash);
  crashed.exit.code = 3;
  EXPECT_EQ(explained(crashed), "error: `orders:0` ended by exit status 3 (request id-1)\n");
  crashed.exit.signalled = true;
  crashed.exit.code = SIGKILL;
  EXPECT_EQ(explained(crashed), "error: `orders:0` ended by signal 9 (request id-1)\n");
}

TEST_F(Responses, AFailedHookIsExplainedByItsTraceback) {
  Answer failed = answer(Verdict::hook_failed);
  failed.detail = "Traceback:\n  boom\n";
  EXPECT_EQ(explained(failed),
            "error: `orders:0` was not called: a hook failed (request id-1)\n"
            "hooks id-1 | Traceback:\nhooks id-1 |   boom\n");
  failed.environment = {};  // A strategy: it has reached none.
  failed.detail = {};
  EXPECT_EQ(explained(failed), "error: `orders` was not called: a hook failed (request id-1)\n");
}

TEST_F(Responses, EveryLimitHasTheReasonThatAwsGives) {
  const std::vector<std::pair<Reason, std::string>> reasons = {
      {Reason::slots, "ReservedFunctionConcurrentInvocationLimitExceeded"},
      {Reason::queue_full, "ReservedFunctionConcurrentInvocationLimitExceeded"},
      {Reason::queue_wait, "ReservedFunctionConcurrentInvocationLimitExceeded"},
      {Reason::reserved_concurrency, "ReservedFunctionConcurrentInvocationLimitExceeded"},
      {Reason::account_concurrency, "ConcurrentInvocationLimitExceeded"},
      {Reason::reserved_scaling, "ReservedFunctionConcurrentInvocationLimitExceeded"},
      {Reason::account_scaling, "ConcurrentInvocationLimitExceeded"},
      {Reason::reserved_rate, "ReservedFunctionInvocationRateLimitExceeded"},
      {Reason::account_rate, "FunctionInvocationRateLimitExceeded"},
  };
  for (const auto& [reason, name] : reasons) {
    Answer throttled = answer(Verdict::throttled);
    throttled.reason = reason;
    const auto response = invoke_response(throttled, function_);
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.body,
              R"({"Reason":")" + name + R"(","Type":"User","message":"Rate Exceeded."})");
  }
}

TEST_F(Responses, AThrottledOneIsExplainedByTheSettingThatRefused) {
  Answer throttled = answer(Verdict::throttled);
  throttled.environment = {};
  throttled.reason = Reason::slots;
  EXPECT_THAT(explained(throttled),
              HasSubstr("`orders` is throttled: all its environments are busy: "
                        "`concurrency` is 2 (request id-1)"));
  throttled.reason = Reason::queue_full;
  EXPECT_THAT(explained(throttled), HasSubstr("`queue_limit` is 7"));
  throttled.reason = Reason::queue_wait;
  EXPECT_THAT(explained(throttled), HasSubstr("`queue_wait`, 6 s"));
  throttled.reason = Reason::reserved_concurrency;
  EXPECT_THAT(explained(throttled), HasSubstr("`reserved_concurrency` is 3"));
  throttled.reason = Reason::account_concurrency;
  EXPECT_THAT(explained(throttled), HasSubstr("the account's `concurrency`"));
  throttled.reason = Reason::account_scaling;
  EXPECT_THAT(explained(throttled), HasSubstr("`scaling_rate`"));
  throttled.reason = Reason::reserved_rate;
  EXPECT_THAT(explained(throttled), HasSubstr("ten requests a second for each of its"));
  throttled.reason = Reason::account_rate;
  EXPECT_THAT(explained(throttled), HasSubstr("ten requests a second for each of the account's"));
  request_.caller = Caller::event;
  throttled.reason = Reason::queue_full;
  EXPECT_THAT(explained(throttled), HasSubstr("its queue of events is full"));
}

}  // namespace
}  // namespace smyth::live
