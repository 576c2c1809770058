#include "telemetry/telemetry.h"

#include "test/support/http_harness.h"
#include "test/support/raw_listener.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace smyth::telemetry {
namespace {

using observe::LogEvent;
using observe::LogEventType;

constexpr EnvironmentId first{.index = 0, .generation = 1};
constexpr EnvironmentId second{.index = 1, .generation = 1};

std::string subscription(std::uint16_t port, std::string_view types,
                         std::string_view schema = "2022-12-13") {
  return std::string(R"({"schemaVersion":")") + std::string(schema) + R"(","types":)" +
         std::string(types) + R"(,"buffering":{"timeoutMs":25},"destination":)" +
         R"({"protocol":"TCP","port":)" + std::to_string(port) + "}}";
}

class TelemetryTest : public testing::Test {
 protected:
  TelemetryTest() {
    telemetry_.set_log([this](EnvironmentId id, LogEvent event) {
      event.environment = id;
      telemetry_.on_log_event(event);
    });
  }

  void tell(EnvironmentId id, LogEventType type, std::string_view text = "", bool is_json = false) {
    telemetry_.on_log_event({.type = type, .is_json = is_json, .environment = id, .text = text});
  }
  void begin(EnvironmentId id) { tell(id, LogEventType::init_start, "python:3.12"); }
  void end_init(EnvironmentId id) {
    tell(id, LogEventType::init_runtime_done);
    tell(id, LogEventType::init_report);
  }
  front::HttpResponse put(EnvironmentId id, std::string_view body,
                          std::string_view path = "/2022-07-01/telemetry") {
    return telemetry_.on_request(id, "watcher", {.method = "PUT", .path = path, .body = body});
  }
  void subscribe(EnvironmentId id, std::string_view types = R"(["platform","function"])",
                 std::string_view schema = "2022-12-13") {
    EXPECT_EQ(put(id, subscription(listener_.port(), types, schema)).status, 200U);
  }

  // The types of the events that have come, and of lines what they say; once there are so many.
  std::vector<std::string> received(std::size_t count) {
    std::vector<std::string> events;
    EXPECT_TRUE(harness_.until([&] {
      events = events_so_far();
      return events.size() >= count;
    }));
    return events;
  }
  std::vector<std::string> events_so_far() {
    std::vector<std::string> events;
    for (std::string_view text : listener_.received()) {
      while (text.contains('\n')) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        constexpr std::string_view before_type = R"("type":")";
        std::string_view rest = line.substr(line.find(before_type) + before_type.size());
        std::string type(rest.substr(0, rest.find('"')));
        rest.remove_prefix(rest.find(R"("record":)") + 9);
        if (!type.starts_with("platform")) type += std::string(rest.substr(0, rest.size() - 1));
        events.push_back(std::move(type));
      }
    }
    return events;
  }

  front::HttpHarness harness_;
  RawListener listener_{harness_.loop};
  Telemetry telemetry_{harness_.loop};
};

using Events = std::vector<std::string>;

TEST_F(TelemetryTest, TellsFromTheBeginningOfTheInit) {
  begin(first);
  tell(first, LogEventType::function_line, "early");
  subscribe(first);
  tell(first, LogEventType::function_line, "late");
  end_init(first);
  tell(first, LogEventType::start);
  EXPECT_EQ(received(7),
            (Events{"platform.initStart", R"(function"early")", "platform.telemetrySubscription",
                    R"(function"late")", "platform.initRuntimeDone", "platform.initReport",
                    "platform.start"}));
}

TEST_F(TelemetryTest, TellsOnlyWhatWasAskedFor) {
  begin(first);
  tell(first, LogEventType::extension_line, "mine");
  subscribe(first, R"(["function"])");
  tell(first, LogEventType::extension_line, "mine");
  tell(first, LogEventType::function_line, "yours");
  end_init(first);
  telemetry_.flush(first, [] {});
  EXPECT_EQ(received(1), (Events{R"(function"yours")"}));
}

TEST_F(TelemetryTest, TellsNothingOfOtherEnvironments) {
  begin(first);
  begin(second);
  subscribe(first, R"(["function"])");
  tell(second, LogEventType::function_line, "theirs");
  tell({.index = 0, .generation = 2}, LogEventType::function_line, "of the next one");
  tell(first, LogEventType::function_line, "own");
  EXPECT_EQ(received(1), (Events{R"(function"own")"}));
}

TEST_F(TelemetryTest, IsClosedAfterTheInit) {
  begin(first);
  end_init(first);
  const auto late = put(first, subscription(listener_.port(), R"(["platform"])"));
  EXPECT_EQ(late.status, 403U);
  EXPECT_EQ(late.body, R"({"errorMessage":"Telemetry API subscription is closed",)"
                       R"("errorType":"Telemetry.SubscriptionClosed"})");
  EXPECT_EQ(put(second, "{}").status, 403U) << "an environment that nobody knows";
  begin({.index = 0, .generation = 2});
  EXPECT_EQ(put(first, "{}").status, 403U) << "its place has another";
}

TEST_F(TelemetryTest, RefusesWhatIsWrongByName) {
  begin(first);
  const auto wrong = put(first, "{}");
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_EQ(wrong.body,
            R"({"errorMessage":"schemaVersion must be one of 2022-07-01, 2022-12-13, 2025-01-29",)"
            R"("errorType":"ValidationError"})");
  subscribe(first);
  EXPECT_EQ(put(first, subscription(1, R"(["platform"])")).status, 400U) << "a second time";
}

TEST_F(TelemetryTest, SaysOfTheOldLogsApiThatItIsNotThere) {
  const auto answer = put(first, "{}", "/2020-08-15/logs");
  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(answer.body,
            R"({"errorMessage":"Logs API is not supported","errorType":"Logs.NotSupported"})");
}

TEST_F(TelemetryTest, LinesOfJsonAreObjectsButInTheOldestSchema) {
  for (const bool is_old : {false, true}) {
    const EnvironmentId id = is_old ? second : first;
    begin(id);
    tell(id, LogEventType::function_line, R"({"a":1})", true);
    subscribe(id, R"(["function"])", is_old ? "2022-07-01" : "2022-12-13");
    tell(id, LogEventType::function_line, R"({"b":2})", true);
    tell(id, LogEventType::function_line, "text", true);
    const std::size_t before = is_old ? 3 : 0;
    Events events = received(before + 3);
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(before));
    EXPECT_EQ(
        events,
        is_old ? (Events{R"(function"{\"a\":1}")", R"(function"{\"b\":2}")", R"(function"text")"})
               : (Events{R"(function{"a":1})", R"(function{"b":2})", R"(function"text")"}));
  }
}

TEST_F(TelemetryTest, SendsNothingWhileTheEnvironmentStandsStill) {
  begin(first);
  subscribe(first, R"(["function"])");
  end_init(first);
  telemetry_.rest(first);
  tell(first, LogEventType::function_line, "later");
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  harness_.until([&] { return std::chrono::steady_clock::now() > end; });
  EXPECT_EQ(events_so_far(), Events{});
  telemetry_.wake(first);
  EXPECT_EQ(received(1), (Events{R"(function"later")"}));
}

TEST_F(TelemetryTest, SendsAllOfItBeforeTheEnd) {
  begin(first);
  EXPECT_EQ(
      put(first, R"({"schemaVersion":"2022-12-13","types":["function"],)"
                 R"("buffering":{"timeoutMs":30000},"destination":{"protocol":"TCP","port":)" +
                     std::to_string(listener_.port()) + "}}")
          .status,
      200U);
  end_init(first);
  tell(first, LogEventType::function_line, "one");
  telemetry_.rest(first);
  bool is_flushed = false;
  telemetry_.flush(first, [&] {
    is_flushed = true;
    telemetry_.end(first);
  });
  EXPECT_FALSE(is_flushed);
  ASSERT_TRUE(harness_.until([&] { return is_flushed; }));
  EXPECT_EQ(received(1), (Events{R"(function"one")"}));
  tell(first, LogEventType::function_line, "after the end");
  harness_.turn();
  EXPECT_EQ(events_so_far().size(), 1U);
}

TEST_F(TelemetryTest, SendsWhatIsLeftOfAnEnvironmentThatHasBegunAgain) {
  begin(first);
  subscribe(first, R"(["function"])");
  end_init(first);
  begin({.index = 0, .generation = 2});
  tell(first, LogEventType::function_line, "last words");
  bool is_flushed = false;
  telemetry_.flush(first, [&] { is_flushed = true; });
  ASSERT_TRUE(harness_.until([&] { return is_flushed; }));
  EXPECT_EQ(received(1), (Events{R"(function"last words")"}));
  telemetry_.end(first);
  tell(first, LogEventType::function_line, "nobody is there");
  EXPECT_EQ(put({.index = 0, .generation = 2}, "{}").status, 400U) << "its init goes on";
}

TEST_F(TelemetryTest, HasNothingToSendWhereNobodyListens) {
  int flushed = 0;
  telemetry_.flush(second, [&] { ++flushed; });
  begin(first);
  telemetry_.flush(first, [&] { ++flushed; });
  EXPECT_EQ(flushed, 2);
}

TEST_F(TelemetryTest, ASubscriberThatIsGoneHoldsUpNobody) {
  begin(first);
  subscribe(first, R"(["platform"])");
  listener_.close();
  tell(first, LogEventType::init_runtime_done);
  bool is_flushed = false;
  telemetry_.flush(first, [&] { is_flushed = true; });
  EXPECT_TRUE(harness_.until([&] { return is_flushed; }));
}

TEST_F(TelemetryTest, ASubscriberThatDoesNotAnswerHoldsUpNobodyForLong) {
  begin(first);
  EXPECT_EQ(put(first, R"({"schemaVersion":"2022-12-13","types":["platform"],"destination":)"
                       R"({"protocol":"HTTP","URI":"http://sandbox:)" +
                           std::to_string(listener_.port()) + R"("}})")
                .status,
            200U);
  int flushed = 0;
  telemetry_.flush(first, [&] { ++flushed; });
  EXPECT_TRUE(harness_.until([&] { return flushed > 0; }));
  EXPECT_EQ(flushed, 1);
}

TEST_F(TelemetryTest, KeepsSoMuchOfAnInitAndNoMore) {
  begin(first);
  const std::string line(60'000, 'x');
  for (int count = 0; count < 6; ++count) tell(first, LogEventType::function_line, line);
  subscribe(first);
  const Events events = received(7);
  EXPECT_EQ(events[4].size(), std::string("function").size() + line.size() + 2);
  EXPECT_EQ(events[5], "platform.logsDropped");
  EXPECT_EQ(events[6], "platform.telemetrySubscription");
  EXPECT_TRUE(listener_.received().front().contains(R"("droppedRecords":2)"));
}

}  // namespace
}  // namespace smyth::telemetry
