// The Runtime API as it is on the wire: a real server, and clients that do as they like.
#include "runtime_api/runtime_api.h"
#include "test/support/http_harness.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;
using front::RawClient;
using testing::HasSubstr;
using testing::StartsWith;

class WireHarness final : public front::HttpHarness, private RuntimeNews, private Responder {
 public:
  WireHarness()
      : HttpHarness({.header_bytes_max = 128u << 10,
                     .body_bytes_max = response_bytes_max,
                     .invoke_path = "/"}),
        api(*this, *this) {}

  void on_request(ExchangeId exchange, const HttpRequest& request) override {
    api.on_request(exchange, request);
  }
  void on_gone(ExchangeId) override { ++gone_count; }
  std::optional<HttpResponse> on_refused(unsigned status, std::string_view path) override {
    return api.on_refused(status, path);
  }

  // Waits for so much news.
  std::string news_number(std::size_t count) {
    EXPECT_TRUE(until([&] { return news.size() >= count; }));
    return news.size() < count ? "" : news[count - 1];
  }

  RuntimeApi api;
  std::vector<std::string> news;
  int gone_count = 0;

 private:
  void on_init_done() override { news.emplace_back("init done"); }
  void on_init_error(std::string_view document) override { tell("init error ", document); }
  void on_response(std::string_view document) override { tell("response ", document); }
  void on_error(std::string_view document) override { tell("error ", document); }
  void on_invocation_done() override { news.emplace_back("invocation done"); }
  void tell(std::string what, std::string_view document) { news.push_back(what.append(document)); }
  void respond(ExchangeId exchange, HttpResponse response) override {
    if (server) server->respond(exchange, std::move(response));
  }
};

constexpr const char* next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(const std::string& verb, const std::string& headers, const std::string& body) {
  return "POST /2018-06-01/runtime/invocation/id-1/" + verb + " HTTP/1.1\r\nHost: a\r\n" + headers +
         "\r\n" + body;
}

std::string sized(const std::string& body) {
  return post("response", fmt::format("Content-Length: {}\r\n", body.size()), body);
}

class RuntimeApiHttp : public testing::Test {
 protected:
  RuntimeApiHttp() : client(harness) {
    client.send(next);
    harness.news_number(1);
    harness.api.deliver({.deadline_unix_ms = 7,
                         .request_id = "id-1",
                         .invoked_arn = "arn",
                         .client_context = R"({"a":1})",
                         .event = "[1, 2]"});
  }

  WireHarness harness;
  RawClient client;
};

TEST_F(RuntimeApiHttp, GivesAnEventThatStandsOnTheWireAsItWasGiven) {
  EXPECT_EQ(client.response(),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Lambda-Runtime-Aws-Request-Id: id-1\r\nLambda-Runtime-Deadline-Ms: 7\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn\r\n"
            "Lambda-Runtime-Client-Context: {\"a\":1}\r\nContent-Length: 6\r\n\r\n[1, 2]");
  client.send(sized("{}"));
  EXPECT_EQ(client.response(),
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
            "{\"status\":\"OK\"}\n");
}

TEST_F(RuntimeApiHttp, TakesChunksAndTrailersForOneBody) {
  client.response();
  client.send(post("response",
                   "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n",
                   "4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\n"
                   "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n\r\n"));
  EXPECT_EQ(harness.news_number(2), R"(response {"a":1})");
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 202 "));
}

TEST_F(RuntimeApiHttp, TakesTheLargestAnswer) {
  client.response();
  client.send(sized(std::string(response_bytes_max, 'x')));
  EXPECT_EQ(harness.news_number(2).size(), response_bytes_max + 9);
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 202 "));
}

TEST_F(RuntimeApiHttp, RefusesATooLargeAnswerByItsLength) {
  client.response();
  client.send(sized(std::string(response_bytes_max + 1, 'x')));
  EXPECT_THAT(client.response(),
              testing::AllOf(StartsWith("HTTP/1.1 413 "),
                             HasSubstr("Exceeded maximum allowed payload size (6291556 bytes).")));
  EXPECT_THAT(harness.news_number(2), HasSubstr("Function.ResponseSizeTooLarge"));
  RawClient again(harness);
  again.send(next);
  EXPECT_EQ(harness.news_number(3), "invocation done");
}

TEST_F(RuntimeApiHttp, RefusesATooLargeAnswerByItsChunks) {
  client.response();
  const std::string mebibyte = "100000\r\n" + std::string(1u << 20, 'x') + "\r\n";
  client.send(post("response", "Transfer-Encoding: chunked\r\n", ""));
  for (int i = 0; i < 7; ++i) client.send(mebibyte);
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(harness.news_number(2), HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_EQ(harness.news.size(), 2u);
}

TEST_F(RuntimeApiHttp, FailsTheInvocationWhoseAnswerEndsTooEarly) {
  client.response();
  client.send(post("response", "Content-Length: 10\r\n", "{\"a"));
  client.shutdown_sending();
  EXPECT_THAT(client.response(), testing::AllOf(StartsWith("HTTP/1.1 400 "),
                                                HasSubstr("HTTP request detected as truncated")));
  EXPECT_THAT(harness.news_number(2), HasSubstr("Runtime.TruncatedResponse"));
}

TEST_F(RuntimeApiHttp, FailsTheInvocationWhoseChunksEndTooEarly) {
  client.response();
  client.send(post("error", "Transfer-Encoding: chunked\r\n", "5\r\n{\"a"));
  client.shutdown_sending();
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(harness.news_number(2), HasSubstr("Runtime.TruncatedResponse"));
}

TEST_F(RuntimeApiHttp, FailsTheInvocationWhoseConnectionIsResetWithinItsAnswer) {
  client.response();
  client.send(post("response", "Content-Length: 10\r\n", "{\"a"));
  harness.turn();
  client.reset();
  EXPECT_THAT(harness.news_number(2), HasSubstr("Runtime.TruncatedResponse"));
}

TEST_F(RuntimeApiHttp, GivesTheEventAgainOnANewConnection) {
  client.reset();
  harness.turn();
  RawClient other(harness);
  other.send(next);
  EXPECT_THAT(other.response(), HasSubstr("[1, 2]"));
  EXPECT_EQ(harness.news.size(), 1u);
}

TEST_F(RuntimeApiHttp, KeepsTheEventForARuntimeThatWasGoneWhenItCame) {
  client.response();
  client.send(sized("1"));
  client.response();
  client.send(next);
  EXPECT_EQ(harness.news_number(3), "invocation done");
  client.reset();
  EXPECT_TRUE(harness.until([&] { return harness.gone_count == 1; }));
  harness.api.deliver({.request_id = "id-2", .event = "[2]"});
  RawClient other(harness);
  other.send(next);
  EXPECT_THAT(other.response(), HasSubstr("[2]"));
}

TEST_F(RuntimeApiHttp, GivesTheEventToAClientThatHasClosedItsHalf) {
  client.response();
  client.send(sized("1"));
  client.response();
  client.send(next);
  client.shutdown_sending();
  EXPECT_TRUE(harness.until([&] { return harness.gone_count == 1; }));
  harness.api.deliver({.request_id = "id-2", .event = "[2]"});
  EXPECT_THAT(client.response(), HasSubstr("[2]"));
}

TEST_F(RuntimeApiHttp, AnswersRequestsThatCameAtOnceInOrder) {
  client.response();
  client.send(sized("1") + next + sized("2") + next);
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 202 "));
  EXPECT_EQ(harness.news_number(3), "invocation done");
  harness.api.deliver({.request_id = "id-2", .event = "[2]"});
  EXPECT_THAT(client.response(), HasSubstr("[2]"));
  EXPECT_THAT(client.response(), HasSubstr("InvalidRequestID"));
  EXPECT_THAT(client.response(), HasSubstr("[2]"));
}

}  // namespace
}  // namespace smyth::runtime_api
