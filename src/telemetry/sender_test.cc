#include "telemetry/sender.h"

#include "telemetry/reply.h"
#include "test/support/http_harness.h"
#include "test/support/raw_listener.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smyth::telemetry {
namespace {

using std::chrono::milliseconds;

Destination http_to(std::uint16_t port) {
  return {.protocol = Destination::Protocol::http,
          .port = port,
          .host = "sandbox.localdomain:1",
          .target = "/events?a"};
}
Destination tcp_to(std::uint16_t port) {
  return {.protocol = Destination::Protocol::tcp, .port = port, .host = {}, .target = {}};
}
Batch batch_of(std::vector<std::string> events) {
  return {.events = std::move(events), .told = {}};
}

// Sends, and lets the loop run until the batch has arrived or is lost.
bool deliver(front::HttpHarness& harness, Sender& sender, const Batch& batch) {
  std::optional<bool> delivered;
  sender.send(batch, [&](bool is_delivered) { delivered = is_delivered; });
  EXPECT_FALSE(delivered) << "told from within";
  EXPECT_TRUE(harness.until([&] { return delivered.has_value(); }));
  return delivered.value_or(false);
}

// What RawListener answers in place of a server that keeps its connections.
constexpr const char* kept = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

TEST(Sender, PostsAJsonArray) {
  front::HttpHarness harness;
  std::vector<std::string> requests;
  harness.handle = [&](front::ExchangeId exchange, const front::HttpRequest& request) {
    requests.push_back(std::string(request.method) + " " + std::string(request.target) + " " +
                       std::string(request.header("host")) + " " +
                       std::string(request.header("content-type")) + " " +
                       std::string(request.body));
    harness.respond(exchange, "thanks");
  };
  Sender sender(harness.loop, http_to(harness.port));
  EXPECT_TRUE(deliver(harness, sender, batch_of({R"({"a":1})", R"({"b":2})"})));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"{}"})));
  EXPECT_EQ(requests,
            (std::vector<std::string>{
                R"(POST /events?a sandbox.localdomain:1 application/json [{"a":1},{"b":2}])",
                "POST /events?a sandbox.localdomain:1 application/json [{}]"}));
}

TEST(Sender, KeepsItsConnection) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  listener.set_answer(kept);
  Sender sender(harness.loop, http_to(listener.port()));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"1"})));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"2"})));
  EXPECT_EQ(listener.received().size(), 1U);
}

TEST(Sender, OpensAnotherConnectionWhereTheOldOneWasClosed) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  listener.set_answer(kept);
  for (const Destination& to : {http_to(listener.port()), tcp_to(listener.port())}) {
    const std::size_t before = listener.received().size();
    Sender sender(harness.loop, to);
    EXPECT_TRUE(deliver(harness, sender, batch_of({"1"})));
    ASSERT_TRUE(harness.until([&] {
      return listener.received().size() > before && listener.received().back().contains('1');
    }));
    listener.close_connections();
    EXPECT_TRUE(deliver(harness, sender, batch_of({"2"})));
    ASSERT_TRUE(harness.until([&] { return listener.received().back().contains('2'); }));
    EXPECT_EQ(listener.received().size(), before + 2);
  }
}

TEST(Sender, PutsALineOverTcpForEachEvent) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  Sender sender(harness.loop, tcp_to(listener.port()));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"{1}", "{2}"})));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"{3}"})));
  EXPECT_TRUE(harness.until([&] { return listener.received().front() == "{1}\n{2}\n{3}\n"; }));
}

TEST(Sender, LosesABatchThatIsRefused) {
  front::HttpHarness harness;
  harness.handle = [&](front::ExchangeId exchange, const front::HttpRequest&) {
    harness.respond(exchange, "no", 500);
  };
  Sender sender(harness.loop, http_to(harness.port));
  EXPECT_FALSE(deliver(harness, sender, batch_of({"1"})));
}

TEST(Sender, LosesABatchWhereNobodyListens) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  const std::uint16_t port = listener.port();
  listener.close();
  Sender http(harness.loop, http_to(port));
  EXPECT_FALSE(deliver(harness, http, batch_of({"1"})));
  Sender tcp(harness.loop, tcp_to(port));
  EXPECT_FALSE(deliver(harness, tcp, batch_of({"1"})));
}

TEST(Sender, TakesNoAnswerThatIsNone) {
  front::HttpHarness harness;
  for (const std::string& answer :
       {std::string("SSH-2.0-x\r\n\r\n"), std::string(reply_head_bytes_max + 1, 'x')}) {
    RawListener listener(harness.loop);
    listener.set_answer(answer);
    Sender sender(harness.loop, http_to(listener.port()));
    EXPECT_FALSE(deliver(harness, sender, batch_of({"1"})));
  }
}

TEST(Sender, PassesOverInterimAnswers) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  listener.set_answer(std::string("HTTP/1.1 100 Continue\r\n\r\n") + kept);
  Sender sender(harness.loop, http_to(listener.port()));
  EXPECT_TRUE(deliver(harness, sender, batch_of({"1"})));
}

TEST(Sender, WaitsNoLongerThanItsDeadline) {
  front::HttpHarness harness;
  RawListener listener(harness.loop);
  Sender http(harness.loop, http_to(listener.port()), milliseconds(5));
  EXPECT_FALSE(deliver(harness, http, batch_of({"1"})));
  listener.set_reads(false);
  Sender tcp(harness.loop, tcp_to(listener.port()), milliseconds(5));
  EXPECT_FALSE(deliver(harness, tcp, batch_of({std::string(64u << 20, 'x')})));
}

TEST(Sender, DoesNotCountTheTimeInWhichTheOtherEndStandsStill) {
  front::HttpHarness harness;
  std::optional<front::ExchangeId> waiting;
  harness.handle = [&](front::ExchangeId exchange, const front::HttpRequest&) {
    waiting = exchange;
  };
  Sender sender(harness.loop, http_to(harness.port), milliseconds(500));
  std::optional<bool> delivered;
  sender.send(batch_of({"1"}), [&](bool is_delivered) { delivered = is_delivered; });
  sender.hold();
  ASSERT_TRUE(harness.until([&] { return waiting.has_value(); }));
  const auto end = std::chrono::steady_clock::now() + milliseconds(600);
  harness.until([&] { return std::chrono::steady_clock::now() > end; });
  EXPECT_FALSE(delivered);
  sender.go_on();
  harness.respond(*waiting, "late");
  ASSERT_TRUE(harness.until([&] { return delivered.has_value(); }));
  EXPECT_TRUE(*delivered);
}

TEST(Sender, TellsNobodyAfterItsEnd) {
  front::HttpHarness harness;
  bool is_told = false;
  {
    Sender sender(harness.loop, http_to(harness.port));
    sender.send(batch_of({"1"}), [&](bool) { is_told = true; });
  }
  harness.turn();
  EXPECT_FALSE(is_told);
}

}  // namespace
}  // namespace smyth::telemetry
