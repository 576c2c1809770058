#include "live/front_door.h"

#include "test/support/driver_harness.h"
#include "test/support/http_harness.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A real HTTP server in front of the driver; the environments are the fake's.
class FrontDoorTest : public test::DriverHarness {
 protected:
  FrontDoorTest() {
    front_.behind = &door_;
    http_.handle = [this](front::ExchangeId exchange, const front::HttpRequest& request) {
      door_.on_request(exchange, request);
    };
    door_.connect(
        {.account = {},
         .prefix = "/smyth",
         .port = http_.port,
         .guard = {.bound_host = "127.0.0.1", .allowed_hosts = {}, .allowed_origins = {}}},
        {.driver = driver_,
         .http = *http_.server,
         .log = log_,
         .timer = timer_,
         .before_arrival = [this] { before_arrival_(); }});
  }

  // Configures these functions, in this order.
  void serve(const std::vector<std::pair<std::string, std::string>>& names_and_paths) {
    std::vector<config::Function> functions;
    for (const auto& [name, path] : names_and_paths) {
      config::Function made = function({}, name);
      made.url_path = path;
      made.event_function = config::builtin_api_gateway_event;
      made.context_function = config::builtin_context;
      functions.push_back(made);
    }
    configure(functions);
  }
  void configure(const std::vector<config::Function>& functions) {
    for (const config::Function& each : functions) {
      const auto is_it = [&](const auto& known) { return known->config.name == each.name; };
      if (std::ranges::none_of(driver_.functions(), is_it)) driver_.add(each, "arn", {});
    }
    door_.set_routes(functions);
  }

  void send(const std::string& method, const std::string& target, const std::string& headers = {},
            const std::string& body = {}) {
    client_.send(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{}",
                             method, target, headers, body.size(), body));
  }
  // The response to a request that needs no environment.
  std::string get(const std::string& target, const std::string& headers = {}) {
    send("GET", target, headers);
    return client_.response();
  }
  // The name of the function that a request reaches, which then answers.
  std::string reached(const std::string& target) {
    send("GET", target);
    const auto given = [&] { return find_waiting(); };
    EXPECT_TRUE(http_.until([&] { return given() != nullptr; })) << target;
    const auto* environment = given();
    const EnvironmentId id = environment->id;
    const std::string name = environment->spec.name.substr(0, environment->spec.name.find(':'));
    if (environment->state == test::FakeRuntime::State::starting) runtime_.ready(id);
    event_ = runtime_.find(id)->event;
    runtime_.answer(id, "\"ok\"");
    EXPECT_THAT(client_.response(), HasSubstr("\r\n\r\nok"));
    return name;
  }

  std::function<void()> before_arrival_ = [] {};
  std::string event_;  // What the function was given.
  FrontDoor door_;
  front::HttpHarness http_;
  front::RawClient client_{http_};

 private:
  const test::FakeRuntime::Environment* find_waiting() {
    const auto is_waiting = [](const auto& each) {
      return each.state == test::FakeRuntime::State::starting ||
             each.state == test::FakeRuntime::State::busy;
    };
    const auto found = std::ranges::find_if(runtime_.all(), is_waiting);
    return found == runtime_.all().end() ? nullptr : &*found;
  }
};

// --- Routes ---

TEST_F(FrontDoorTest, TheFirstPathThatMatchesServes) {
  serve({{"one", "/orders/{id:int}"}, {"two", "/orders/{id}"}, {"three", "/orders/{id}"}});
  EXPECT_EQ(reached("/orders/1"), "one");
  EXPECT_EQ(reached("/orders/a"), "two");
  EXPECT_THAT(event_, AllOf(HasSubstr(R"("routeKey":"ANY /orders/{id}")"),
                            HasSubstr(R"("pathParameters":{"id":"a"})")));
  EXPECT_EQ(reached("/orders/%61b?x=1"), "two");
  EXPECT_THAT(event_, HasSubstr(R"("pathParameters":{"id":"ab"})"));
  EXPECT_THAT(get("/stock"),
              AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr(R"({"message":"Not Found"})")));
}

TEST_F(FrontDoorTest, AChangedOrderIsTheOrderOfTheNextRequest) {
  serve({{"one", "/{id}"}, {"two", "/{name}"}});
  EXPECT_EQ(reached("/a"), "one");
  serve({{"two", "/{name}"}, {"one", "/{id}"}});
  EXPECT_EQ(reached("/a"), "two");
}

TEST_F(FrontDoorTest, AFunctionWithoutAPathIsReachedByInvokeAlone) {
  config::Function made = function({}, "quiet");
  configure({made});
  EXPECT_THAT(get("/quiet"), StartsWith("HTTP/1.1 404 "));
  send("POST", "/2015-03-31/functions/quiet/invocations");
  ASSERT_TRUE(http_.until([&] { return !runtime_.all().empty(); }));
}

// The request that brings the news of a changed configuration is the first to meet it.
TEST_F(FrontDoorTest, ARequestMeetsTheRoutesThatItBroughtAlong) {
  serve({{"old", "/{path:path}"}});
  before_arrival_ = [this] {
    before_arrival_ = [] {};
    driver_.remove(0);
    serve({{"new", "/{everything:path}"}, {"spare", "/spare"}});
  };
  EXPECT_EQ(reached("/a"), "new");
  EXPECT_THAT(event_, HasSubstr("ANY /{everything+}"));
}

TEST_F(FrontDoorTest, ThePrefixAndInvokeWinOverACatchAll) {
  serve({{"all", "{path:path}"}});
  EXPECT_THAT(get("/smyth/api/status"),
              HasSubstr(R"({"lambda handlers": {"all": {"processes": [)"));
  EXPECT_THAT(get("/smyth"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/smyth/other"), StartsWith("HTTP/1.1 404 "));
  send("POST", "/2015-03-31/functions/none/invocations");
  EXPECT_THAT(client_.response(),
              AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("ResourceNotFoundException")));
  EXPECT_EQ(reached("/smythe"), "all");
  EXPECT_EQ(reached("/a/b"), "all");
}

// --- Refusals ---

TEST_F(FrontDoorTest, AnEventThatIsTooLargeIsRefusedAndTheHandlerDoesNotRun) {
  serve({{"one", "/"}});
  send("POST", "/", {}, std::string(6'291'457, 'x'));
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 413 "));
  // Base64 makes it a third larger.
  send("POST", "/", "Content-Type: application/octet-stream\r\n", std::string(5'000'000, '\xff'));
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(runtime_.all(), IsEmpty());
}

TEST_F(FrontDoorTest, OnlyTheControlRoutesRefuseAForeignOrigin) {
  serve({{"one", "/"}});
  const std::string foreign = "Origin: http://evil.example\r\n";
  EXPECT_THAT(get("/smyth/api/status", foreign), StartsWith("HTTP/1.1 403 "));
  send("POST", "/2015-03-31/functions/one/invocations", foreign);
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(runtime_.all(), IsEmpty());
  EXPECT_THAT(get("/smyth/api/status", "Origin: http://localhost\r\n"),
              StartsWith("HTTP/1.1 200 "));
  send("GET", "/", foreign);
  EXPECT_TRUE(http_.until([&] { return !runtime_.all().empty(); }));
}

TEST_F(FrontDoorTest, AForeignHostIsRefusedEverywhere) {
  serve({{"one", "/"}});
  for (const std::string target :
       {"/", "/smyth/api/status", "/2015-03-31/functions/one/invocations"}) {
    client_.send("GET " + target + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 421 ")) << target;
  }
  EXPECT_THAT(runtime_.all(), IsEmpty());
}

TEST_F(FrontDoorTest, TheStatusIsOnlyRead) {
  serve({{"one", "/"}});
  send("POST", "/smyth/api/status");
  EXPECT_THAT(client_.response(),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD")));
  send("HEAD", "/smyth/api/status");
  EXPECT_THAT(client_.response(true), StartsWith("HTTP/1.1 200 "));
}

TEST_F(FrontDoorTest, RefusedRequestsAreLogged) {
  get("/none");
  EXPECT_THAT(logged(), HasSubstr(" - - 404 0.0 ms GET /none\n"));
}

// --- Events and answers ---

TEST_F(FrontDoorTest, TheBodyIsTheEventIfTheConfigurationSaysSo) {
  config::Function made = function({}, "one");
  made.url_path = "/";
  made.event_function = config::builtin_invocation_event;
  configure({made});
  EXPECT_EQ(reached("/"), "one");
  EXPECT_EQ(event_, "{}");
  send("POST", "/", {}, "{\"a\": 1.0}");
  ASSERT_TRUE(http_.until([&] { return runtime_.all().back().deliveries == 2; }));
  EXPECT_EQ(runtime_.all().back().event, "{\"a\": 1.0}");
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 200 "));
  send("POST", "/", {}, "{\"a\":");
  EXPECT_THAT(client_.response(),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("Could not parse request body")));
}

TEST_F(FrontDoorTest, AHookSeesTheRequest) {
  config::Function made = function({.prepares = true}, "one");
  made.url_path = "/orders/{id}";
  made.event_function = "hooks.event";
  configure({made});
  client_.send(
      "PUT /orders/7?a=b HTTP/1.1\r\nHost: [::1]\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi");
  ASSERT_TRUE(http_.until([&] { return !runtime_.all().empty(); }));
  runtime_.ready(runtime_.latest());
  ASSERT_EQ(hooks_.calls.size(), 1u);
  const runtime::HookRequest& seen = hooks_.calls[0].request;
  EXPECT_TRUE(seen.present);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/orders/7?a=b");
  EXPECT_EQ(seen.client_host, "127.0.0.1");
  EXPECT_EQ(seen.server_host, "[::1]");
  EXPECT_EQ(seen.server_port, http_.port);
  EXPECT_EQ(seen.path_params, (std::vector<std::pair<std::string, std::string>>{{"id", "7"}}));
  EXPECT_EQ(seen.body, "hi");
}

TEST_F(FrontDoorTest, AnEventIsAnsweredAtOnceAndItsOutcomeIsOnlyLogged) {
  serve({{"one", "/"}});
  send("POST", "/2015-03-31/functions/one/invocations", "X-Amz-Invocation-Type: Event\r\n", "{}");
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 202 "));
  runtime_.ready(runtime_.latest());
  runtime_.raise(runtime_.latest(), "{}");
  for (int turn = 0; turn < 5; ++turn) http_.turn();
  EXPECT_THAT(client_.received(), IsEmpty());
  EXPECT_THAT(logged(), HasSubstr("one:0 cold 200 Unhandled 0.0 ms event one\n"));
}

TEST_F(FrontDoorTest, AnEventThatFindsTheQueueFullIsAnswered429) {
  configure({function({.event_queue_limit = 0}, "one")});
  const std::string event = "X-Amz-Invocation-Type: Event\r\n";
  send("POST", "/2015-03-31/functions/one/invocations", event);
  EXPECT_THAT(client_.response(), StartsWith("HTTP/1.1 202 "));
  send("POST", "/2015-03-31/functions/one/invocations", event);
  EXPECT_THAT(client_.response(),
              AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("TooManyRequestsException")));
}

TEST_F(FrontDoorTest, ADryRunStartsNothing) {
  serve({{"one", "/"}});
  send("POST", "/2015-03-31/functions/one/invocations", "X-Amz-Invocation-Type: DryRun\r\n", "{}");
  EXPECT_THAT(client_.response(true), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(runtime_.all(), IsEmpty());
}

TEST_F(FrontDoorTest, TheLogTailIsForOnesThatAskAndWait) {
  serve({{"one", "/"}});
  for (const bool asks : {true, false}) {
    send("POST", "/2015-03-31/functions/one/invocations", asks ? "X-Amz-Log-Type: Tail\r\n" : "");
    const unsigned count = asks ? 1 : 2;
    ASSERT_TRUE(http_.until([&] { return !runtime_.all().empty(); }));
    if (asks) runtime_.ready(runtime_.latest());
    ASSERT_TRUE(http_.until([&] { return runtime_.all().back().deliveries == count; }));
    runtime_.answer(runtime_.latest(), "1");
    const std::string response = client_.response();
    if (asks) {
      EXPECT_THAT(response, HasSubstr("X-Amz-Log-Result: "));
    } else {
      EXPECT_THAT(response, Not(HasSubstr("X-Amz-Log-Result")));
    }
  }
}

TEST_F(FrontDoorTest, WhileNewCodeDoesNotLoadEachAnswerSaysWhy) {
  serve({{"one", "/"}});
  EXPECT_EQ(reached("/"), "one");
  driver_.changed({}, true);
  send("GET", "/");
  ASSERT_TRUE(http_.until([&] { return runtime_.all().size() == 2; }));
  runtime_.fail(runtime_.latest(),
                R"({"errorMessage":"bad","errorType":"Runtime.UserCodeSyntaxError"})");
  runtime_.answer(runtime_.all()[0].id, "\"old\"");
  EXPECT_THAT(client_.response(),
              AllOf(HasSubstr("Smyth-Reload-Error: Runtime.UserCodeSyntaxError: bad\r\n"),
                    HasSubstr("\r\n\r\nold")));
}

TEST_F(FrontDoorTest, TheStatusTellsOfEachSlot) {
  config::Function made = function({.concurrency = 3}, "one");
  configure({made, function({}, "two")});
  invoke(0);
  const EnvironmentId first = runtime_.latest();
  runtime_.ready(first);
  runtime_.answer(first, "1");
  invoke(0);
  invoke(0);
  runtime_.answer(first, "1");
  driver_.changed({}, true);
  EXPECT_THAT(
      get("/smyth/api/status"),
      HasSubstr(
          R"({"lambda handlers": {"one": {"processes": [)"
          R"({"state": "warm", "task_counter": 2, "name": "one:0", "stale": true}, )"
          R"({"state": "working", "task_counter": 1, "name": "one:1", "stale": true}, )"
          R"({"state": "cold", "task_counter": 0, "name": "one:2", "stale": false}]}, )"
          R"("two": {"processes": [{"state": "cold", "task_counter": 0, "name": "two:0", "stale": false}]}}})"));
}

TEST_F(FrontDoorTest, AClientThatLeavesWhileItWaitsTakesNoTurn) {
  serve({{"one", "/"}});
  invoke(0);
  send("GET", "/");
  ASSERT_TRUE(http_.until([&] { return http_.request_count == 1; }));
  door_.on_gone(http_.exchanges.back());
  ASSERT_EQ(front_.answers.size(), 1u);
  EXPECT_EQ(front_.answers[0].verdict, core::Verdict::abandoned);
}

}  // namespace
}  // namespace smyth::live
