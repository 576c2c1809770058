#include "observe/log_text.h"

#include <gtest/gtest.h>

namespace smyth::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string text_of(const LogEvent& event, const LogFormat& format = {}) {
  std::string text;
  append_log_text(text, event, format);
  return text;
}

TEST(LogText, EndsAnInvocationWithTheLinesThatLambdaWrites) {
  EXPECT_EQ(
      text_of({.type = LogEventType::report,
               .request_id = "id",
               .duration = microseconds(3'010),
               .init = microseconds(110'100),
               .memory_mib = 128,
               .max_memory_mib = 36}),
      "END RequestId: id\n"
      "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n");
}

TEST(LogText, NamesATimeoutAndAnError) {
  LogEvent report{.type = LogEventType::report, .status = LogStatus::timeout, .request_id = "id"};
  EXPECT_TRUE(text_of(report).ends_with("Max Memory Used: 0 MB\tStatus: timeout\n"));
  report.status = LogStatus::error;
  report.error_type = "Runtime.ExitError";
  EXPECT_TRUE(text_of(report).ends_with("MB\tStatus: error\tError Type: Runtime.ExitError\n"));
}

TEST(LogText, BillsWholeMillisecondsOfInitAndInvocationTogether) {
  EXPECT_EQ(billed_ms({.duration = microseconds(1'400), .init = microseconds(1'400)}), 3);
  EXPECT_EQ(billed_ms({.duration = microseconds(1)}), 1);
  EXPECT_EQ(billed_ms({.duration = milliseconds(2)}), 2);
}

TEST(LogText, NamesTheTraceOfASampledInvocation) {
  LogEvent report{.type = LogEventType::report,
                  .request_id = "id",
                  .trace_id = "Root=1-5759e988-bd86;Parent=53995c3f42cd8ad8;Sampled=1"};
  EXPECT_TRUE(text_of(report).ends_with(
      "\nXRAY TraceId: 1-5759e988-bd86\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n"));
  report.trace_id = "Root=1-5759e988-bd86;Parent=53995c3f42cd8ad8;Sampled=0";
  EXPECT_EQ(text_of(report).find("XRAY"), std::string::npos);
}

TEST(LogText, TellsOfAnInitThatFailed) {
  const LogEvent failed{.type = LogEventType::init_report,
                        .status = LogStatus::error,
                        .error_type = "Runtime.ExitError",
                        .duration = microseconds(10'010'510)};
  EXPECT_EQ(text_of(failed),
            "INIT_REPORT Init Duration: 10010.51 ms\tPhase: init\tStatus: error\t"
            "Error Type: Runtime.ExitError\n");
  EXPECT_TRUE(is_in_log(failed, {}));
  EXPECT_FALSE(is_in_log({.type = LogEventType::init_report}, {}));
}

TEST(LogText, TellsOfTheInitOfAProvisionedEnvironmentAsItsReportDoesNot) {
  LogEvent init{.type = LogEventType::init_report, .initialization = "on-demand"};
  EXPECT_FALSE(is_in_log(init, {}));
  init.initialization = "provisioned-concurrency";
  EXPECT_TRUE(is_in_log(init, {}));
}

TEST(LogText, IsALineOfJsonInTheOtherFormat) {
  EXPECT_EQ(text_of({.type = LogEventType::start,
                     .unix_ms = 1'767'323'045'678,
                     .request_id = "id",
                     .trace_id = "Root=1;Parent=ab;Sampled=0"},
                    {.is_json = true}),
            R"({"time":"2026-01-02T03:04:05.678Z","type":"platform.start","record":{)"
            R"("requestId":"id","version":"$LATEST","tracing":{"spanId":"ab",)"
            R"("type":"X-Amzn-Trace-Id","value":"Root=1;Parent=ab;Sampled=0"}}})"
            "\n");
}

TEST(LogText, ShowsOfJsonWhatIsOfTheLevel) {
  const auto is_shown = [](std::string_view text, LogLevel least) {
    return is_in_log({.type = LogEventType::function_line, .text = text},
                     {.is_json = true, .application = least});
  };
  EXPECT_FALSE(is_shown(R"({"level":"debug","message":"a"})", LogLevel::info));
  EXPECT_TRUE(is_shown(R"({"level":"debug","message":"a"})", LogLevel::debug));
  EXPECT_TRUE(is_shown(R"({"level":"ERROR"})", LogLevel::error));
  EXPECT_FALSE(is_shown("plain text counts as INFO", LogLevel::warn));
  EXPECT_TRUE(is_shown("plain text counts as INFO", LogLevel::info));
  EXPECT_FALSE(is_shown(R"({"level":"loud"})", LogLevel::warn));
  EXPECT_FALSE(is_shown(R"({"level":7})", LogLevel::warn));
  EXPECT_TRUE(is_in_log({.type = LogEventType::function_line, .text = R"({"level":"debug"})"},
                        {.application = LogLevel::fatal}));
}

TEST(LogText, ShowsOfThePlatformWhatIsOfTheLevel) {
  const auto is_shown = [](LogEventType type, LogStatus status, LogLevel least) {
    return is_in_log({.type = type, .status = status, .initialization = "on-demand"},
                     {.is_json = true, .system = least});
  };
  EXPECT_TRUE(is_shown(LogEventType::start, LogStatus::success, LogLevel::info));
  EXPECT_FALSE(is_shown(LogEventType::start, LogStatus::success, LogLevel::warn));
  EXPECT_FALSE(is_shown(LogEventType::runtime_done, LogStatus::success, LogLevel::info));
  EXPECT_TRUE(is_shown(LogEventType::runtime_done, LogStatus::success, LogLevel::debug));
  EXPECT_TRUE(is_shown(LogEventType::runtime_done, LogStatus::timeout, LogLevel::warn));
  EXPECT_TRUE(is_shown(LogEventType::report, LogStatus::error, LogLevel::warn));
  EXPECT_FALSE(is_shown(LogEventType::init_report, LogStatus::success, LogLevel::info));
}

TEST(Tail, KeepsTheLastFourKibibytes) {
  Tail tail;
  for (int i = 0; i < 10'000; ++i) tail.add("0123456789\n");
  tail.add("last\n");
  EXPECT_EQ(tail.text().size(), Tail::bytes_max);
  EXPECT_TRUE(tail.text().ends_with("0123456789\nlast\n"));
}

}  // namespace
}  // namespace smyth::observe
