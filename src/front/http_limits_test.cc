#include "test/support/http_harness.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>

namespace smyth::front {
namespace {

using namespace std::chrono_literals;

TEST(HttpLimits, RefusesTooLargeBodiesSoThatTheClientSeesIt) {
  HttpHarness harness({.body_bytes_max = 1'000});
  RawClient client(harness);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n" +
              std::string(30'000'000, 'x'));
  client.shutdown_sending();
  EXPECT_EQ(client.rest(), refusal("413 Content Too Large", "Request Entity Too Large"));
  EXPECT_EQ(harness.request_count, 0);
  EXPECT_TRUE(harness.until([&] { return harness.server->connection_count() == 0; }));
}

TEST(HttpLimits, RefusesTooLargeHeads) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(11'000, 'x'));
  EXPECT_EQ(client.rest(),
            refusal("431 Request Header Fields Too Large", "Request Header Fields Too Large"));
}

TEST(HttpLimits, DropsSlowRequestsAndServesTheOthers) {
  HttpHarness harness({.request_deadline = 80ms});
  RawClient slow(harness);
  RawClient quick(harness);
  slow.send("GET / HTTP/1.1\r\nHost: a\r\n");
  std::size_t trickled = 0;
  ASSERT_TRUE(harness.until([&] {
    if (!slow.received().empty()) return true;
    if (++trickled % 8 == 0) ::send(slow.fd(), "X", 1, MSG_NOSIGNAL);  // Progress is no excuse.
    quick.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return quick.response() != ok("GET /");
  }));
  slow.shutdown_sending();
  EXPECT_EQ(slow.rest(), refusal("408 Request Timeout", "Request Timeout"));
  EXPECT_FALSE(quick.is_closed());
}

TEST(HttpLimits, ClosesIdleConnections) {
  HttpHarness harness({.idle_deadline = 40ms});
  RawClient silent(harness);
  RawClient kept(harness);
  kept.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(kept.response(), ok("GET /"));
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(kept.rest(), "");
}

TEST(HttpLimits, LetsAHandlerTakeItsTime) {
  HttpHarness harness({.request_deadline = 10ms, .idle_deadline = 10ms, .write_deadline = 10ms});
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto end = std::chrono::steady_clock::now() + 100ms;
  harness.until([&] { return std::chrono::steady_clock::now() > end; });
  harness.respond(harness.exchanges.back(), "late");
  EXPECT_EQ(client.response(), ok("late"));
}

TEST(HttpLimits, DropsClientsThatDoNotRead) {
  HttpHarness harness({.write_deadline = 40ms});
  harness.handle = [&](ExchangeId exchange, const HttpRequest&) {
    harness.respond(exchange, std::string(30'000'000, 'x'));
  };
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  EXPECT_EQ(harness.server->connection_count(), 1u);
  EXPECT_TRUE(harness.until([&] { return harness.server->connection_count() == 0; }));
}

TEST(HttpLimits, MakesRoomByClosingTheLongestIdle) {
  HttpHarness harness({.connection_count_max = 2});
  RawClient first(harness);
  first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  first.response();
  RawClient second(harness);
  second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  second.response();
  RawClient third(harness);
  third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(third.response(), ok("GET /"));
  EXPECT_TRUE(first.is_closed());
  EXPECT_FALSE(second.is_closed());
}

// A client that has just been answered is about to ask again: others wait.
TEST(HttpLimits, KeepsForAWhileWhatWasUsedRecently) {
  HttpHarness harness({.connection_count_max = 1, .write_deadline = 40ms, .recent_use = 500ms});
  RawClient used(harness);
  used.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  used.response();
  const auto end = std::chrono::steady_clock::now() + 50ms;
  RawClient next(harness);
  next.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  harness.until([&] { return std::chrono::steady_clock::now() > end; });
  used.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(used.response(), ok("GET /2"));
  EXPECT_EQ(next.response(), ok("GET /3"));
  EXPECT_TRUE(used.is_closed());
}

TEST(HttpLimits, MakesRoomByClosingThoseThatNeverHadARequestFirst) {
  HttpHarness harness({.connection_count_max = 2});
  RawClient used(harness);
  used.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  used.response();
  RawClient silent(harness);
  ASSERT_TRUE(harness.until([&] { return harness.server->connection_count() == 2; }));
  RawClient third(harness);
  third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(third.response(), ok("GET /"));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_FALSE(used.is_closed());
}

TEST(HttpLimits, LetsClientsWaitWhereNoneIsIdle) {
  HttpHarness harness({.connection_count_max = 1});
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient first(harness);
  first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  RawClient second(harness);
  second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 20; ++i) harness.turn();
  EXPECT_EQ(harness.request_count, 1);
  harness.respond(harness.exchanges.back(), "1");
  EXPECT_TRUE(harness.until([&] { return harness.request_count == 2; }));
  harness.respond(harness.exchanges.back(), "2");
  EXPECT_EQ(second.response(), ok("2"));
}

// While it lives no descriptor can be opened.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const UniqueFd lowest_free(::dup(STDERR_FILENO));
    const rlimit none{.rlim_cur = static_cast<rlim_t>(lowest_free.get()),
                      .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(HttpLimits, MakesRoomWhereDescriptorsHaveRunOut) {
  HttpHarness harness;
  RawClient idle(harness);
  idle.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(idle.response(), ok("GET /1"));
  RawClient next(harness);
  const NoMoreDescriptors limit;
  next.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(next.response(), ok("GET /2"));
  EXPECT_TRUE(idle.is_closed());
}

TEST(HttpLimits, DoesNotSpinWhereDescriptorsHaveRunOut) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient busy(harness);
  busy.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  RawClient next(harness);
  next.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  {
    const NoMoreDescriptors limit;
    std::size_t steps = 0;
    harness.loop.restart();
    while (harness.loop.run_one_for(10ms) != 0) ++steps;
    EXPECT_LE(steps, 8u);
    EXPECT_EQ(harness.request_count, 1);
  }
  EXPECT_TRUE(harness.until([&] { return harness.request_count == 2; }));
}

TEST(HttpLimits, ServesAmongAThousandConnections) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4'096);
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2'100) GTEST_SKIP() << "too few descriptors allowed";
  HttpHarness harness;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1'000; ++i) {
    clients.push_back(std::make_unique<RawClient>(harness));
    harness.turn();
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < clients.size(); i += 2)
      clients[i]->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (std::size_t i = 0; i < clients.size(); i += 2)
      ASSERT_EQ(clients[i]->response(), ok("GET /"));
  }
  EXPECT_EQ(harness.server->connection_count(), 1'000u);
  for (std::size_t i = 1; i < clients.size(); i += 2) EXPECT_FALSE(clients[i]->is_closed());
  clients.clear();
  EXPECT_TRUE(harness.until([&] { return harness.server->connection_count() == 0; }));
}

}  // namespace
}  // namespace smyth::front
