#include "observe/log_event.h"

#include "observe/json_line.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace smyth::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(LogEvent, TellsTimeAsLambdaDoes) {
  EXPECT_EQ(time_text(1'767'323'045'678), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000Z");
}

TEST(LogEvent, ReportsInTheSchemaOfTelemetry) {
  EXPECT_EQ(record_json({.type = LogEventType::report,
                         .status = LogStatus::error,
                         .request_id = "id",
                         .error_type = "Runtime.ExitError",
                         .duration = microseconds(3'010),
                         .init = microseconds(110'100),
                         .memory_mib = 128,
                         .max_memory_mib = 36}),
            R"({"requestId":"id","status":"error","errorType":"Runtime.ExitError","metrics":{)"
            R"("durationMs":3.01,"billedDurationMs":114,"memorySizeMB":128,"maxMemoryUsedMB":36,)"
            R"("initDurationMs":110.1}})");
}

TEST(LogEvent, ReportsHowLongExtensionsWentOn) {
  EXPECT_EQ(record_json({.type = LogEventType::report,
                         .unix_ms = 1'767'323'045'678,
                         .request_id = "id",
                         .duration = milliseconds(8),
                         .answered = milliseconds(5)}),
            R"({"requestId":"id","status":"success","metrics":{"durationMs":8,)"
            R"("billedDurationMs":8,"memorySizeMB":0,"maxMemoryUsedMB":0},)"
            R"("spans":[{"name":"extensionOverhead","start":"2026-01-02T03:04:05.675Z",)"
            R"("durationMs":3}]})");
}

TEST(LogEvent, TellsHowTheRuntimeSpentItsTime) {
  EXPECT_EQ(record_json({.type = LogEventType::runtime_done,
                         .unix_ms = 1'767'323'045'678,
                         .request_id = "id",
                         .duration = milliseconds(8),
                         .answered = milliseconds(5),
                         .bytes = 17}),
            R"({"requestId":"id","status":"success","metrics":{"durationMs":8,"producedBytes":17},)"
            R"("spans":[{"name":"responseLatency","start":"2026-01-02T03:04:05.670Z",)"
            R"("durationMs":5},{"name":"responseDuration","start":"2026-01-02T03:04:05.675Z",)"
            R"("durationMs":0},{"name":"runtimeOverhead","start":"2026-01-02T03:04:05.675Z",)"
            R"("durationMs":3}]})");
}

TEST(LogEvent, IsJsonOfEveryType) {
  for (int type = 0; type <= static_cast<int>(LogEventType::extension_line); ++type) {
    const std::string json = event_json({.type = static_cast<LogEventType>(type),
                                         .request_id = "i\"d",
                                         .trace_id = "Root=1;Parent=2;Sampled=1",
                                         .error_type = "E",
                                         .name = "a\nb",
                                         .text = "\x01",
                                         .words = "INVOKE,SHUTDOWN",
                                         .init = milliseconds(1),
                                         .restore = milliseconds(1)});
    boost::system::error_code error;
    const auto parsed = boost::json::parse(json, error);
    ASSERT_FALSE(error) << json;
    EXPECT_EQ(parsed.at("type").as_string(), type_name(static_cast<LogEventType>(type)));
    EXPECT_EQ(parsed.as_object().size(), 3u) << json;
  }
}

TEST(LogEvent, TellsWhatStarts) {
  EXPECT_EQ(record_json({.type = LogEventType::init_start,
                         .initialization = "on-demand",
                         .name = "orders",
                         .instance = "2026/11/24/[$LATEST]0",
                         .text = "python:3.12.v1",
                         .words = "arn:aws:lambda:eu-central-1::runtime:0",
                         .memory_mib = 128}),
            R"({"initializationType":"on-demand","phase":"init","runtimeVersion":"python:3.12.v1",)"
            R"("runtimeVersionArn":"arn:aws:lambda:eu-central-1::runtime:0",)"
            R"("functionName":"orders","functionVersion":"$LATEST",)"
            R"("instanceId":"2026/11/24/[$LATEST]0","instanceMaxMemory":134217728})");
}

TEST(LogEvent, ListsTheEventsOfAnExtension) {
  EXPECT_EQ(record_json({.type = LogEventType::extension,
                         .name = "watch",
                         .text = "Ready",
                         .words = "INVOKE,SHUTDOWN"}),
            R"({"name":"watch","state":"Ready","events":["INVOKE","SHUTDOWN"]})");
  EXPECT_EQ(record_json({.type = LogEventType::extension, .name = "w", .text = "Ready"}),
            R"({"name":"w","state":"Ready","events":[]})");
}

TEST(LogEvent, KeepsObjectsThatAFunctionWroteInJson) {
  const auto record = [](bool is_json, std::string_view text) {
    return record_json({.type = LogEventType::function_line, .is_json = is_json, .text = text});
  };
  EXPECT_EQ(record(true, R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(record(false, R"({"a":1})"), R"("{\"a\":1}")");
  EXPECT_EQ(record(true, R"({"a":1} and more)"), R"("{\"a\":1} and more")");
  EXPECT_EQ(record(true, "[1]"), R"("[1]")");
  EXPECT_EQ(record(true, "a\tb\x1b"), R"("a\tb\u001b")");
}

}  // namespace
}  // namespace smyth::observe
