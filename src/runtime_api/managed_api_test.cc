#include "runtime_api/managed_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* response_a = "/2018-06-01/runtime/invocation/a/response";

class Harness : private ManagedNews, private Responder {
 public:
  explicit Harness(std::size_t workers = 2) : api(*this, *this, workers) {}

  ExchangeId next() { return send("GET", std::string(next_path), ""); }
  ExchangeId post(std::string_view path, std::string_view body) { return send("POST", path, body); }
  void deliver(std::string id) { api.deliver({.request_id = std::move(id), .event = "{}"}); }

  unsigned status(ExchangeId exchange) {
    return answers.contains(exchange.connection) ? answers[exchange.connection].status : 0;
  }
  const std::string& body(ExchangeId exchange) { return answers[exchange.connection].body; }
  std::string id_of(ExchangeId exchange) {
    for (const auto& [name, value] : answers[exchange.connection].headers) {
      if (name == "Lambda-Runtime-Aws-Request-Id") return value;
    }
    return {};
  }

  ManagedApi api;
  std::vector<std::string> news;
  std::map<std::uint32_t, HttpResponse> answers;

 private:
  ExchangeId send(std::string_view method, std::string_view path, std::string_view body) {
    const ExchangeId exchange{.connection = ++sent_, .generation = 1};
    front::HttpRequest request;
    request.method = method;
    request.target = request.path = path;
    request.body = body;
    api.on_request(exchange, request);
    return exchange;
  }
  void on_worker_waits() override { news.emplace_back("worker"); }
  void on_init_error(std::string_view document) override {
    news.push_back("init error " + std::string(document));
  }
  void on_answer(std::string_view id, std::string_view document, bool is_error) override {
    news.push_back((is_error ? "error " : "response ") + std::string(id) + " " +
                   std::string(document));
  }
  void respond(ExchangeId exchange, HttpResponse response) override {
    EXPECT_FALSE(answers.contains(exchange.connection));
    answers[exchange.connection] = std::move(response);
  }

  std::uint32_t sent_ = 0;
};

TEST(ManagedApi, GivesEachWorkerAnInvocationAndTakesAnswersInAnyOrder) {
  Harness api;
  const auto first = api.next();
  const auto second = api.next();
  EXPECT_EQ(api.api.waiting_count(), 2u);
  api.deliver("a");
  api.deliver("b");
  EXPECT_EQ(api.id_of(first), "a");
  EXPECT_EQ(api.id_of(second), "b");
  EXPECT_EQ(api.status(api.post("/2018-06-01/runtime/invocation/b/response", "2")), 202u);
  EXPECT_EQ(api.status(api.post("/2018-06-01/runtime/invocation/a/error", "1")), 202u);
  EXPECT_THAT(api.news, ElementsAre("worker", "worker", "response b 2", "error a 1"));
}

TEST(ManagedApi, KeepsAnInvocationForTheNextWorker) {
  Harness api;
  api.deliver("a");
  const auto worker = api.next();
  EXPECT_EQ(api.id_of(worker), "a");
  EXPECT_THAT(api.news, IsEmpty());
}

TEST(ManagedApi, RefusesMoreNextThanThereAreWorkers) {
  Harness api(2);
  api.next();
  api.next();
  const auto surplus = api.next();
  EXPECT_EQ(api.status(surplus), 500u);
  EXPECT_THAT(api.body(surplus), HasSubstr("Runtime.TooManyIdleRuntimes"));
  EXPECT_EQ(api.api.waiting_count(), 2u);
}

TEST(ManagedApi, GivesNothingToAWorkerThatIsGone) {
  Harness api;
  const auto gone = api.next();
  api.api.on_gone(gone);
  api.deliver("a");
  EXPECT_EQ(api.status(gone), 0u);
  EXPECT_EQ(api.id_of(api.next()), "a");
}

TEST(ManagedApi, AnswersALateOneWith410Once) {
  Harness api;
  api.next();
  api.deliver("a");
  api.api.forget("a");
  EXPECT_TRUE(api.api.is_late());
  const auto late = api.post(response_a, "1");
  EXPECT_EQ(api.status(late), 410u);
  EXPECT_EQ(api.body(late), R"({"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"})");
  EXPECT_FALSE(api.api.is_late());
  EXPECT_EQ(api.status(api.post(response_a, "1")), 400u);
  EXPECT_THAT(api.news, ElementsAre("worker"));
}

TEST(ManagedApi, ForgetsOneThatNoWorkerHasSeen) {
  Harness api;
  api.deliver("a");
  api.api.forget("a");
  EXPECT_FALSE(api.api.is_late());
  const auto worker = api.next();
  EXPECT_EQ(api.status(worker), 0u);
  EXPECT_EQ(api.api.waiting_count(), 1u);
}

TEST(ManagedApi, TakesNoAnswerToWhatNoWorkerHasSeen) {
  Harness api;
  api.deliver("a");
  EXPECT_EQ(api.status(api.post(response_a, "1")), 400u);
  EXPECT_FALSE(api.api.on_refused(413, response_a));
  EXPECT_EQ(api.id_of(api.next()), "a");
  EXPECT_EQ(api.status(api.post(response_a, "2")), 202u);
  EXPECT_THAT(api.news, ElementsAre("response a 2"));
}

TEST(ManagedApi, AnswersALateOneThatIsTooLargeWith410) {
  Harness api;
  api.next();
  api.deliver("a");
  api.api.forget("a");
  EXPECT_EQ(api.api.on_refused(413, response_a).value_or(HttpResponse{}).status, 410u);
  EXPECT_FALSE(api.api.is_late());
  EXPECT_THAT(api.news, ElementsAre("worker"));
}

TEST(ManagedApi, TakesOneErrorOfInitAndRefusesTheOtherWorkers) {
  Harness api;
  const std::string path(init_error_path);
  EXPECT_EQ(api.status(api.post(path, "{}")), 202u);
  EXPECT_EQ(api.status(api.post(path, "{}")), 403u);
  EXPECT_EQ(api.status(api.next()), 403u);
  EXPECT_THAT(api.news, ElementsAre("init error {}"));
}

TEST(ManagedApi, TakesNoErrorOfInitAfterTheFirstNext) {
  Harness api;
  api.next();
  EXPECT_EQ(api.status(api.post(std::string(init_error_path), "{}")), 403u);
}

TEST(ManagedApi, RefusesUnknownIdsAndAnswersTwice) {
  Harness api;
  api.next();
  api.deliver("a");
  EXPECT_EQ(api.status(api.post("/2018-06-01/runtime/invocation/x/response", "1")), 400u);
  EXPECT_EQ(api.status(api.post(response_a, "1")), 202u);
  EXPECT_EQ(api.status(api.post(response_a, "1")), 400u);
  EXPECT_THAT(api.news, ElementsAre("worker", "response a 1"));
}

TEST(ManagedApi, EndsTheInvocationOfABodyThatIsTooLargeOrNotWhole) {
  Harness api;
  api.next();
  api.next();
  api.deliver("a");
  api.deliver("b");
  EXPECT_EQ(api.api.on_refused(413, response_a).value_or(HttpResponse{}).status, 413u);
  EXPECT_EQ(api.api.on_refused(400, "/2018-06-01/runtime/invocation/b/response")
                .value_or(HttpResponse{})
                .status,
            400u);
  EXPECT_FALSE(api.api.on_refused(413, response_a));
  ASSERT_EQ(api.news.size(), 4u);
  EXPECT_THAT(api.news[2], HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_THAT(api.news[3], HasSubstr("Runtime.TruncatedResponse"));
}

}  // namespace
}  // namespace smyth::runtime_api
