#include "front/http_server.h"

#include "test/support/http_harness.h"

#include <gtest/gtest.h>

namespace smyth::front {
namespace {

using namespace std::chrono_literals;

// --- Requests and responses ---

TEST(HttpServer, AnswersARequest) {
  HttpHarness harness;
  harness.handle = [&](ExchangeId exchange, const HttpRequest& request) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/orders/1?a=b%20c&d");
    EXPECT_EQ(request.path, "/orders/1");
    EXPECT_EQ(request.query, "a=b%20c&d");
    EXPECT_EQ(request.version, 11u);
    EXPECT_EQ(request.header("X-THING"), "two words");
    EXPECT_EQ(request.header("absent"), "");
    EXPECT_EQ(request.body, "body");
    EXPECT_EQ(request.source_ip, "127.0.0.1");
    EXPECT_NE(request.source_port, 0);
    harness.server->respond(exchange, {201, {{"X-A", "1"}, {"x-a", "2"}}, "made"});
  };
  RawClient client(harness);
  client.send(
      "POST /orders/1?a=b%20c&d HTTP/1.1\r\nHost: a\r\nX-Thing:  two words \r\n"
      "Content-Length: 4\r\n\r\nbody");
  EXPECT_EQ(client.response(),
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\nmade");
  EXPECT_FALSE(client.is_closed());
}

TEST(HttpServer, TellsTheDate) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(harness.until([&] { return client.received().contains("GMT\r\n"); }));
}

TEST(HttpServer, KeepsTheConnection) {
  HttpHarness harness;
  RawClient client(harness);
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/" + std::to_string(i);
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(client.response(), ok("GET " + path));
  }
  EXPECT_EQ(harness.server->connection_count(), 1u);
}

TEST(HttpServer, ClosesWhereTheClientWantsIt) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.rest(), ok("GET /", "Connection: close\r\n"));
  EXPECT_EQ(harness.server->connection_count(), 0u);
}

TEST(HttpServer, SpeaksHttp10) {
  HttpHarness harness;
  RawClient old(harness);
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.rest(), ok("GET /", "Connection: close\r\n"));
  RawClient keeping(harness);
  keeping.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(keeping.response(), ok("GET /", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeping.is_closed());
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderOneAtATime) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient client(harness);
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\n"
      "Content-Length: 3\r\n\r\ntwoGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(harness.until([&] { return harness.request_count > i; }));
    harness.turn();
    EXPECT_EQ(harness.request_count, i + 1);
    harness.respond(harness.exchanges.back(), "answer " + std::to_string(i));
    EXPECT_EQ(harness.request_count, i + 1) << "respond() must not call the handler";
  }
  std::string all;
  for (int i = 0; i < 3; ++i) all += client.response();
  EXPECT_EQ(all, ok("answer 0") + ok("answer 1") + ok("answer 2"));
}

// A handler that is in the midst of one request must not be given another one.
TEST(HttpServer, HandsUpNoRequestFromWithinRespond) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient first(harness);
  first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  int depth = 0;
  harness.handle = [&](ExchangeId exchange, const HttpRequest& request) {
    EXPECT_EQ(++depth, 1);
    for (const ExchangeId each : std::vector(harness.exchanges)) {
      if (each != exchange) harness.respond(each, "other");
    }
    harness.respond(exchange, std::string(request.path));
    --depth;
  };
  RawClient second(harness);
  second.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(second.response() + second.response(), ok("/a") + ok("/b"));
  EXPECT_EQ(first.response() + first.response(), ok("other") + ok("/2"));
}

TEST(HttpServer, AnswersTenThousandPipelinedRequestsAtOnce) {
  HttpHarness harness;
  RawClient client(harness);
  std::string requests;
  for (int i = 0; i < 10'000; ++i)
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  requests += "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  client.send(requests);
  const std::string all = client.rest();
  EXPECT_EQ(harness.request_count, 10'001);
  EXPECT_TRUE(all.ends_with(ok("GET /end", "Connection: close\r\n")));
  EXPECT_NE(all.find(ok("GET /9998") + ok("GET /9999")), std::string::npos);
}

TEST(HttpServer, WaitsForAnInterruptedRequest) {
  HttpHarness harness;
  RawClient client(harness);
  const std::string_view request =
      "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;x=y\r\n"
      "two\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char byte : request) {
    client.send({&byte, 1});
    harness.turn();
  }
  EXPECT_EQ(client.response(), ok("POST /slow onetwo"));
}

TEST(HttpServer, ContinuesWhereTheClientAsks) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(client.response(), ok("PUT /a body"));
  client.send(
      "PUT /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(client.response(), ok("PUT /b body")) << "the body is there already";
}

TEST(HttpServer, SendsNoBodyWhereNoneMayBe) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(true), "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  harness.handle = [&](ExchangeId exchange, const HttpRequest& request) {
    harness.respond(exchange, "never sent", request.path == "/204" ? 204 : 304);
  };
  client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(), "HTTP/1.1 204 No Content\r\n\r\n");
  client.send("GET /304 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(), "HTTP/1.1 304 Not Modified\r\n\r\n");
  harness.handle = [&](ExchangeId exchange, const HttpRequest&) { harness.respond(exchange, "b"); };
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(), ok("b"));
}

TEST(HttpServer, KeepsTheConnectionsHeadersForItself) {
  HttpHarness harness;
  harness.handle = [&](ExchangeId exchange, const HttpRequest&) {
    harness.server->respond(exchange, {200,
                                       {{"connection", "close"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"CONTENT-LENGTH", "77"},
                                        {"Keep-Alive", "x"},
                                        {"Upgrade", "h2c"},
                                        {"Content-Type", "text/plain"}},
                                       "four"});
  };
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
  EXPECT_EQ(client.response(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfour");
  EXPECT_FALSE(client.is_closed());
}

TEST(HttpServer, NeverLetsAHeaderSplitTheResponse) {
  HttpHarness harness;
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> bad = {{"X-A", "1\r\nSet-Cookie: a=b"},
                                                                {"X-A", "1\n"},
                                                                {"X-A", "\0"s},
                                                                {"X-A\r\nX-B", "1"},
                                                                {"X A", "1"},
                                                                {"X:A", "1"},
                                                                {"", "1"},
                                                                {"X-A", "\x7f"},
                                                                {"X-A\0"s, "1"},
                                                                {"X-\xc3\xa4", "1"}};
  RawClient client(harness);
  for (const auto& field : bad) {
    harness.handle = [&](ExchangeId exchange, const HttpRequest&) {
      harness.server->respond(exchange, {200, {{"X-Good", "1"}, field}, "secret"});
    };
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.response(),
              "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
              "Content-Length: 35\r\n\r\n{\"message\":\"Internal Server Error\"}")
        << field.first << "=" << field.second;
  }
}

TEST(HttpServer, SendsAndReceivesLargeBodies) {
  HttpHarness harness;
  std::string body(10'485'760, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4'096) body[i] = static_cast<char>('a' + i % 23);
  harness.handle = [&](ExchangeId exchange, const HttpRequest& request) {
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.header("host"), "a");
    harness.respond(exchange, std::string(request.body));
  };
  RawClient client(harness);
  for (int i = 0; i < 3; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n" + body);
    EXPECT_TRUE(client.response() == ok(body));
  }
}

// --- Clients that go ---

TEST(HttpServer, AnswersAClientThatClosedItsSendingHalf) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shutdown_sending();
  for (int i = 1; i <= 2; ++i) {
    ASSERT_TRUE(harness.until([&] { return harness.request_count == i; }));
    for (int turns = 0; turns < 10; ++turns) harness.turn();
    harness.respond(harness.exchanges.back(), std::to_string(i));
  }
  EXPECT_EQ(client.rest(), ok("1") + ok("2"));
}

TEST(HttpServer, TellsThatAClientHasClosedItsConnection) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  {
    RawClient client(harness);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  }
  ASSERT_TRUE(harness.until([&] { return !harness.gone.empty(); }));
  EXPECT_EQ(harness.gone, std::vector{harness.exchanges.back()});
}

TEST(HttpServer, AnswersFromWithinTheNewsThatAClientIsGone) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  harness.answer_gone = "late";
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shutdown_sending();
  EXPECT_EQ(client.rest(), ok("late"));
}

TEST(HttpServer, TellsThatAClientIsGone) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  for (const bool sends_more : {false, true}) {
    harness.gone.clear();
    harness.request_count = 0;
    RawClient client(harness);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    if (sends_more) client.send(std::string(20'000, 'G'));
    ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
    for (int turns = 0; turns < 10; ++turns) harness.turn();
    client.reset();
    ASSERT_TRUE(harness.until([&] { return !harness.gone.empty(); }));
    EXPECT_EQ(harness.gone, std::vector{harness.exchanges.back()});
    harness.respond(harness.exchanges.back(), "nobody");
    EXPECT_EQ(harness.server->connection_count(), 0u);
  }
}

TEST(HttpServer, IgnoresOldExchanges) {
  HttpHarness harness;
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(), ok("GET /1"));
  harness.respond(harness.exchanges.back(), "again");
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 2; }));
  harness.respond(harness.exchanges.front(), "old");
  harness.respond({99, 1}, "no such connection");
  harness.respond(harness.exchanges.back(), "new");
  EXPECT_EQ(client.response(), ok("new"));
}

// --- The end ---

TEST(HttpServer, StopsAcceptingAndFinishesWhatRuns) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient idle(harness);
  RawClient busy(harness);
  busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until(
      [&] { return harness.server->connection_count() == 2 && harness.request_count == 1; }));
  harness.server->stop_accepting();
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(harness.server->connection_count(), 1u);
  harness.respond(harness.exchanges.back(), "last");
  EXPECT_EQ(busy.rest(), ok("last", "Connection: close\r\n"));
  busy.close();
  EXPECT_TRUE(harness.until([&] { return harness.server->connection_count() == 0; }));
}

TEST(HttpServer, ClosesEverythingAtOnce) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  harness.server->close();
  EXPECT_EQ(harness.server->connection_count(), 0u);
  harness.respond(harness.exchanges.back(), "late");
  EXPECT_TRUE(harness.until([&] { return client.is_closed(); }));
  EXPECT_TRUE(harness.gone.empty());
}

TEST(HttpServer, MayBeDestroyedWithRequestsInFlight) {
  HttpHarness harness;
  harness.handle = [](ExchangeId, const HttpRequest&) {};
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(harness.until([&] { return harness.request_count == 1; }));
  RawClient waiting(harness);  // Its arrival is in the loop's queue when the server goes.
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  harness.server.reset();
  harness.turn();
  EXPECT_TRUE(harness.until([&] { return client.is_closed(); }));
}

TEST(HttpServer, MayBeClosedFromWithinTheHandler) {
  HttpHarness harness;
  harness.handle = [&](ExchangeId exchange, const HttpRequest&) {
    harness.server->close();
    harness.respond(exchange, "late");
  };
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(harness.until([&] { return client.is_closed(); }));
  EXPECT_EQ(harness.server->connection_count(), 0u);
}

}  // namespace
}  // namespace smyth::front
