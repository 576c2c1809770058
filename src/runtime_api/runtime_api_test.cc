#include "runtime_api/runtime_api.h"

#include "test/support/runtime_api_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace smyth::runtime_api {
namespace {

using front::HttpResponse;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* response_1 = "/2018-06-01/runtime/invocation/id-1/response";
constexpr const char* error_1 = "/2018-06-01/runtime/invocation/id-1/error";
constexpr const char* bad_id =
    R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})";

std::string refused_transition(const std::string& from, const std::string& to) {
  return R"({"errorMessage":"State transition from )" + from + " to " + to +
         R"( failed for runtime. Error: State transition is not allowed",)"
         R"("errorType":"InvalidStateTransition"})";
}

// --- next ---

TEST(RuntimeApi, TakesTheFirstNextForTheEndOfInitAndHoldsIt) {
  ApiHarness api;
  const auto exchange = api.get(next_url);
  EXPECT_THAT(api.news, ElementsAre("init done"));
  EXPECT_FALSE(api.is_answered(exchange));
}

TEST(RuntimeApi, RestoresAtOnceWhileItIsInInit) {
  ApiHarness api;
  const auto during_init = api.get("/2018-06-01/runtime/restore/next");
  EXPECT_EQ(api.answer(during_init).status, 200u);
  EXPECT_EQ(api.answer(during_init).body, "");
  EXPECT_THAT(api.news, IsEmpty());

  api.get(next_url);
  const auto later = api.get("/2018-06-01/runtime/restore/next");
  EXPECT_EQ(api.answer(later).status, 403u);
  EXPECT_EQ(api.answer(later).body, refused_transition("Ready", "Restoring"));
}

TEST(RuntimeApi, GivesTheEventWithAllThatIsKnownOfIt) {
  ApiHarness api;
  const auto exchange = api.get(next_url);
  api.deliver(
      {.deadline_unix_ms = 1'700'000'000'123,
       .request_id = "id-1",
       .invoked_arn = "arn:aws:lambda:eu-central-1:123456789012:function:f:$LATEST",
       .trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
       .client_context = R"({"custom":{"a":1}})",
       .identity = R"({"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"})",
       .event = R"({ "n": 1.0e+2 })"});
  const auto& response = api.answer(exchange);
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, R"({ "n": 1.0e+2 })");
  EXPECT_EQ(response.headers,
            (std::vector<std::pair<std::string, std::string>>{
                {"Content-Type", "application/json"},
                {"Lambda-Runtime-Aws-Request-Id", "id-1"},
                {"Lambda-Runtime-Deadline-Ms", "1700000000123"},
                {"Lambda-Runtime-Invoked-Function-Arn",
                 "arn:aws:lambda:eu-central-1:123456789012:function:f:$LATEST"},
                {"Lambda-Runtime-Trace-Id",
                 "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"},
                {"Lambda-Runtime-Client-Context", R"({"custom":{"a":1}})"},
                {"Lambda-Runtime-Cognito-Identity",
                 R"({"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"})"}}));
}

TEST(RuntimeApi, LeavesOutHeadersThatHaveNoValue) {
  ApiHarness api;
  const auto exchange = api.get(next_url);
  api.deliver({.deadline_unix_ms = 5, .request_id = "id-1", .invoked_arn = "arn", .event = "{}"});
  std::vector<std::string> names;
  for (const auto& [name, value] : api.answer(exchange).headers) names.push_back(name);
  EXPECT_THAT(names,
              ElementsAre("Content-Type", "Lambda-Runtime-Aws-Request-Id",
                          "Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invoked-Function-Arn"));
}

TEST(RuntimeApi, LetsNoCallerAddHeadersThroughTheClientContext) {
  ApiHarness api;
  const auto exchange = api.get(next_url);
  api.deliver({.request_id = "id-1",
               .trace_id = "Root=1\r\nX-Evil: 1",
               .client_context = "{\r\n\"a\":\t\"b\x7f\"}\r\nX-Evil: 1\r\n\r\n",
               .identity = std::string("{\0}\n", 4)});
  for (const auto& [name, value] : api.answer(exchange).headers) {
    for (const char c : value) EXPECT_TRUE(c >= 0x20 && c != 0x7f) << name;
  }
  EXPECT_EQ(api.header(exchange, "Lambda-Runtime-Client-Context"),
            "{  \"a\": \"b \"}  X-Evil: 1    ");
}

TEST(RuntimeApi, GivesTheSameEventAgainWhereNextComesTwice) {
  ApiHarness api;
  api.run("id-1", "[1]");
  const auto again = api.get(next_url);
  EXPECT_EQ(api.answer(again).body, "[1]");
  EXPECT_EQ(api.header(again, "Lambda-Runtime-Aws-Request-Id"), "id-1");
  EXPECT_THAT(api.news, ElementsAre("init done"));
  EXPECT_EQ(api.answer(api.post(response_1, "1")).status, 202u);
}

TEST(RuntimeApi, HoldsTheNewerOfTwoNextAndRefusesTheOther) {
  ApiHarness api;
  const auto older = api.get(next_url);
  const auto newer = api.get(next_url);
  EXPECT_EQ(api.answer(older).status, 403u);
  EXPECT_EQ(api.answer(older).body, refused_transition("Ready", "Ready"));
  EXPECT_FALSE(api.is_answered(newer));
  EXPECT_THAT(api.news, ElementsAre("init done"));
  api.deliver({.request_id = "id-1", .event = "1"});
  EXPECT_EQ(api.answer(newer).body, "1");
}

// --- response and error ---

TEST(RuntimeApi, TellsAnAnswerByteForByteAndTheEndWithTheFollowingNext) {
  ApiHarness api;
  api.run("id-1", "{}");
  const auto posted = api.post(response_1, "{\"a\": 1.0} \xff");
  EXPECT_THAT(api.news, ElementsAre("init done", "response {\"a\": 1.0} \xff"));
  EXPECT_EQ(api.answer(posted).status, 202u);
  EXPECT_EQ(api.answer(posted).body, "{\"status\":\"OK\"}\n");
  EXPECT_EQ(api.header(posted, "Content-Type"), "application/json");
  const auto held = api.get(next_url);
  EXPECT_FALSE(api.is_answered(held));
  EXPECT_EQ(api.news.back(), "invocation done");
  api.deliver({.request_id = "id-2", .event = "2"});
  EXPECT_EQ(api.answer(held).body, "2");
}

TEST(RuntimeApi, TellsAnErrorByteForByteWhateverItsHeaders) {
  ApiHarness api;
  api.run("id-1", "{}");
  const auto posted =
      api.post(error_1, R"({"errorType": "E",  "x":1})",
               {{"Lambda-Runtime-Function-Error-Type", "no type of anybody"},
                {"Lambda-Runtime-Function-XRay-Error-Cause", std::string(70'000, 'x')}});
  EXPECT_THAT(api.news, ElementsAre("init done", R"(error {"errorType": "E",  "x":1})"));
  EXPECT_EQ(api.answer(posted).status, 202u);
  EXPECT_EQ(api.answer(posted).body, "{\"status\":\"OK\"}\n");
}

TEST(RuntimeApi, AllowsEmptyAnswers) {
  ApiHarness api;
  api.run("id-1", "{}");
  EXPECT_EQ(api.answer(api.post(response_1, "")).status, 202u);
  EXPECT_EQ(api.news.back(), "response ");
}

TEST(RuntimeApi, RefusesAnswersToWhatDoesNotRun) {
  ApiHarness api;
  const auto before_all = api.post(response_1, "early");
  EXPECT_EQ(api.answer(before_all).status, 400u);
  EXPECT_EQ(api.answer(before_all).body, bad_id);
  EXPECT_EQ(api.header(before_all, "Content-Type"), "application/json");
  api.get(next_url);
  EXPECT_EQ(api.answer(api.post(response_1, "idle")).body, bad_id);
  EXPECT_EQ(api.answer(api.post(error_1, "idle")).body, bad_id);
  api.deliver({.request_id = "id-1", .event = "{}"});
  for (const char* id : {"id-2", "ID-1", "id-1%20", "", "id-1/../id-1", "next"}) {
    const std::string url = std::string("/2018-06-01/runtime/invocation/") + id;
    EXPECT_NE(api.answer(api.post(url + "/response", "wrong")).status, 202u) << id;
    EXPECT_NE(api.answer(api.post(url + "/error", "wrong")).status, 202u) << id;
  }
  EXPECT_THAT(api.news, ElementsAre("init done"));
  api.post(response_1, "right");
  const auto again = api.post(response_1, "again");
  EXPECT_EQ(api.answer(again).status, 400u);
  EXPECT_EQ(api.answer(again).body, bad_id);
  EXPECT_EQ(api.answer(api.post(error_1, "again")).body, bad_id);
  EXPECT_THAT(api.news, ElementsAre("init done", "response right"));
}

TEST(RuntimeApi, TakesAStreamedResponseAndNoOtherMode) {
  ApiHarness api;
  api.run("id-1", "{}");
  api.post(response_1, "streamed", {{"lambda-runtime-function-response-mode", "streaming"}});
  EXPECT_EQ(api.news.back(), "response streamed");
  api.get(next_url);
  api.deliver({.request_id = "id-2", .event = "{}"});
  const auto refused = api.post("/2018-06-01/runtime/invocation/id-2/response", "1",
                                {{"Lambda-Runtime-Function-Response-Mode", "buffered"}});
  EXPECT_EQ(api.answer(refused).status, 400u);
  EXPECT_EQ(api.answer(refused).body, R"({"errorMessage":"Invalid function response mode",)"
                                      R"("errorType":"InvalidFunctionResponseMode"})");
  EXPECT_EQ(api.news.back(), R"(error {"errorType":"Runtime.InvalidResponseModeHeader",)"
                             R"("errorMessage":"Invalid function response mode"})");
  api.get(next_url);  // The runtime may go on.
  EXPECT_EQ(api.news.back(), "invocation done");
}

TEST(RuntimeApi, FailsTheInvocationWhoseBodyIsTooLargeOrNotWhole) {
  ApiHarness api;
  api.run("id-1", "{}");
  const auto too_large = api.api.on_refused(413, response_1).value_or(HttpResponse{});
  EXPECT_EQ(too_large.status, 413u);
  EXPECT_EQ(too_large.body,
            R"({"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",)"
            R"("errorType":"RequestEntityTooLarge"})");
  EXPECT_THAT(api.news.back(),
              testing::StartsWith(R"(error {"errorType":"Function.ResponseSizeTooLarge",)"));
  api.get(next_url);
  api.deliver({.request_id = "id-2", .event = "{}"});
  const auto cut =
      api.api.on_refused(400, "/2018-06-01/runtime/invocation/id-2/error").value_or(HttpResponse{});
  EXPECT_EQ(cut.status, 400u);
  EXPECT_EQ(cut.body, R"({"errorMessage":"HTTP request detected as truncated",)"
                      R"("errorType":"TruncatedHTTPRequest"})");
  EXPECT_THAT(api.news.back(),
              testing::StartsWith(R"(error {"errorType":"Runtime.TruncatedResponse",)"));
}

TEST(RuntimeApi, LetsNoOtherBodyFailTheInvocation) {
  ApiHarness api;
  EXPECT_FALSE(api.api.on_refused(413, response_1));
  api.run("id-1", "{}");
  for (const char* path :
       {"/2018-06-01/runtime/invocation/id-2/response", "/2018-06-01/runtime/invocation/id-1/",
        "/2018-06-01/runtime/invocation/id-1/next", "/2018-06-01/runtime/init/error", "/", ""}) {
    EXPECT_FALSE(api.api.on_refused(413, path)) << path;
    EXPECT_FALSE(api.api.on_refused(400, path)) << path;
  }
  EXPECT_THAT(api.news, ElementsAre("init done"));
}

// --- init/error ---

TEST(RuntimeApi, TellsAnInitErrorOnceAndRefusesWhatFollows) {
  ApiHarness api;
  const auto posted = api.post(init_error_url, R"({"errorType":"Runtime.ImportModuleError"})");
  EXPECT_EQ(api.answer(posted).status, 202u);
  EXPECT_EQ(api.answer(posted).body, "{\"status\":\"OK\"}\n");
  EXPECT_THAT(api.news, ElementsAre(R"(init error {"errorType":"Runtime.ImportModuleError"})"));
  const auto again = api.post(init_error_url, "{}");
  EXPECT_EQ(api.answer(again).status, 403u);
  const auto next = api.get(next_url);
  EXPECT_EQ(api.answer(next).status, 403u);
  EXPECT_EQ(api.answer(next).body, refused_transition("InitError", "Ready"));
  EXPECT_EQ(api.news.size(), 1u);
}

TEST(RuntimeApi, RefusesAnInitErrorAfterInit) {
  ApiHarness api;
  api.get(next_url);
  const auto idle = api.post(init_error_url, "{}");
  EXPECT_EQ(api.answer(idle).status, 403u);
  EXPECT_EQ(api.answer(idle).body, refused_transition("Ready", "InitError"));
  api.deliver({.request_id = "id-1", .event = "{}"});
  EXPECT_EQ(api.answer(api.post(init_error_url, "{}")).status, 403u);
  api.post(response_1, "1");
  EXPECT_EQ(api.answer(api.post(init_error_url, "{}")).status, 403u);
  EXPECT_THAT(api.news, ElementsAre("init done", "response 1"));
}

// --- Other paths ---

TEST(RuntimeApi, AnswersPingInAnyState) {
  ApiHarness api;
  EXPECT_EQ(api.answer(api.get("/2018-06-01/ping")).body, "pong");
  api.post(init_error_url, "{}");
  EXPECT_EQ(api.answer(api.get("/2018-06-01/ping")).status, 200u);
}

TEST(RuntimeApi, AnswersWhatItDoesNotKnowWithoutAnyEffect) {
  ApiHarness api;
  for (const char* path :
       {"/2018-06-01", "/2018-06-01/", "/2018-06-01/runtime/invocation",
        "/2018-06-01/runtime/invocation/", "/2018-06-01/runtime/invocation/next/",
        "/2018-06-01/runtime/invocation//next", "/2018-06-01/runtime/init",
        "/2018-06-01/runtime/invocation/id-1/response/"}) {
    EXPECT_EQ(api.answer(api.get(path)).status, 404u) << path;
    EXPECT_EQ(api.answer(api.post(path, "{}")).status, 404u) << path;
  }
  EXPECT_EQ(api.answer(api.post(next_url, "")).status, 405u);
  EXPECT_EQ(api.answer(api.get(init_error_url)).status, 405u);
  EXPECT_EQ(api.answer(api.get(response_1)).status, 405u);
  EXPECT_EQ(api.answer(api.get(error_1)).status, 405u);
  EXPECT_THAT(api.news, IsEmpty());
}

TEST(RuntimeApi, OwnsItsPathsAlone) {
  EXPECT_TRUE(RuntimeApi::owns("/2018-06-01"));
  EXPECT_TRUE(RuntimeApi::owns("/2018-06-01/ping"));
  EXPECT_FALSE(RuntimeApi::owns("/2018-06-011/ping"));
  EXPECT_FALSE(RuntimeApi::owns("/2020-01-01/extension/register"));
  EXPECT_FALSE(RuntimeApi::owns("/"));
}

}  // namespace
}  // namespace smyth::runtime_api
