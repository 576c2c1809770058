#include "traffic/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace smyth::traffic {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Read {
  std::vector<Call> calls;
  std::vector<std::string> functions;
  std::string error;
};

Read read(std::string_view text) {
  Read read;
  auto source = read_reports(TextFile::of(text, "log"));
  if (!source) {
    read.error = source.error().message;
    return read;
  }
  for (;;) {
    const auto batch = (*source)->next_batch();
    if (!batch) {
      read.error = batch.error().message;
      return read;
    }
    if (batch->empty()) break;
    read.calls.insert(read.calls.end(), batch->begin(), batch->end());
  }
  const auto functions = (*source)->functions();
  read.functions.assign(functions.begin(), functions.end());
  return read;
}

Call warm(Duration at, Duration duration, std::uint32_t environment) {
  return {.at = TimePoint(at),
          .memory_mib = 128,
          .duration = duration,
          .environment = environment,
          .start = Start::warm};
}

Call cold(Duration at, Duration duration, Duration init, std::uint32_t environment) {
  Call call = warm(at, duration, environment);
  call.init = init;
  call.start = Start::cold;
  return call;
}

constexpr std::string_view first =
    "REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\t"
    "Billed Duration: 147 ms\tMemory Size: 128 MB\tMax Memory Used: 56 MB\t"
    "Init Duration: 130.49 ms\t";
constexpr std::string_view second =
    "REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c96\tDuration: 1000.00 ms\t"
    "Billed Duration: 1000 ms\tMemory Size: 128 MB\tMax Memory Used: 56 MB\t"
    "XRAY TraceId: 1-5e34a66a-1\tSegmentId: 07f1\tSampled: true";

// The first call began at 0, the second 854.26 + 130.49 ms later.
const auto both = ElementsAre(cold(0ms, 15'740us, 130'490us, 0), warm(1'146'230us, 1s, 0));

TEST(Reports, AreReadAsTheTailOfALogHasThem) {
  const Read calls = read(fmt::format(
      "2026-05-18T09:27:43.123000+00:00 2026/05/18/[$LATEST]3893ab START RequestId: 8f507cfc\n"
      "2026-05-18T09:27:43.123000+00:00 2026/05/18/[$LATEST]3893ab {}\n"
      "2026-05-18T09:27:45.123000+00:00 2026/05/18/[$LATEST]3893ab {}\n",
      first, second));
  EXPECT_EQ(calls.error, "");
  EXPECT_THAT(calls.calls, both);
}

TEST(Reports, AreReadAsTheConsoleExportsThem) {
  const Read calls =
      read(fmt::format("timestamp,message\n"
                       "1621330063000,\"START RequestId: 8f507cfc\n\"\n"
                       "1621330063123,\"{}\n\"\n1621330065123,\"{}\n\"\n",
                       first, second));
  EXPECT_EQ(calls.error, "");
  ASSERT_EQ(calls.calls.size(), 2);
  EXPECT_EQ(calls.calls[1].at, TimePoint{1'146'230us});
  EXPECT_EQ(calls.calls[0].environment, Call::no_environment);
}

TEST(Reports, AreReadAsAQueryOfTheLogsGivesThem) {
  const Read text =
      read(fmt::format("@timestamp,@message,@logStream,@log\n"
                       "2026-05-18 09:27:43.123,\"{}\n\",2026/05/18/[$LATEST]3893ab,"
                       "123456789012:/aws/lambda/orders\n"
                       "2026-05-18 09:27:45.123,\"{}\n\",2026/05/18/[$LATEST]3893ab,"
                       "123456789012:/aws/lambda/orders\n",
                       first, second));
  EXPECT_EQ(text.error, "");
  EXPECT_THAT(text.calls, both);
  EXPECT_THAT(text.functions, ElementsAre("orders"));
  const Read fields = read(
      "@timestamp,@duration,@initDuration,@memorySize,@logStream\n"
      "2026-05-18 09:27:43.123,15.74,130.49,1.28E8,a\n"
      "2026-05-18 09:27:44.000,,,,a\n"
      "2026-05-18 09:27:45.123,1000.0,,1.28E8,a\n");
  EXPECT_EQ(fields.error, "");
  EXPECT_THAT(fields.calls, both);
}

TEST(Reports, AreReadAsTheCommandLineOfAwsGivesThem) {
  const auto event = [](std::string_view message, int second_of_minute) {
    std::string escaped(message);
    for (std::size_t at = 0; (at = escaped.find('\t', at)) != std::string::npos;) {
      escaped.replace(at, 1, "\\t");
    }
    return fmt::format(
        "        {{\n            \"timestamp\": 16213300{}123,\n            \"message\": "
        "\"{}\\n\",\n            \"logStreamName\": \"2026/05/18/[$LATEST]3893ab\"\n        }},\n",
        second_of_minute, escaped);
  };
  const Read calls =
      read("{\n    \"events\": [\n" + event(first, 63) + event(second, 65) + "    ]\n}\n");
  EXPECT_EQ(calls.error, "");
  EXPECT_THAT(calls.calls, both);
}

TEST(Reports, AreReadInJson) {
  const Read calls = read(
      R"(2026-05-18T09:27:43.200Z 3893ab {"time":"2026-05-18T09:27:43.123Z","type":"platform.report",)"
      R"("record":{"requestId":"8f","metrics":{"durationMs":15.74,"billedDurationMs":147,)"
      R"("memorySizeMB":128,"maxMemoryUsedMB":56,"initDurationMs":130.49},"status":"success"}})"
      "\n"
      R"({"time":"2026-05-18T09:27:45.200Z","type":"platform.report","record":{"metrics":)"
      R"({"durationMs":1000,"memorySizeMB":128}}})"
      "\n");
  EXPECT_EQ(calls.error, "");
  ASSERT_EQ(calls.calls.size(), 2);
  EXPECT_EQ(calls.calls[0], cold(0ms, 15'740us, 130'490us, 0));
  EXPECT_EQ(calls.calls[1].at, TimePoint{1'146'230us});
}

TEST(Reports, CountARestoreOfSnapStartAsAColdStart) {
  const Read calls = read(
      "2026-05-18T09:27:43.123Z REPORT RequestId: 8f Duration: 10.00 ms Billed Duration: 214 ms "
      "Memory Size: 512 MB Max Memory Used: 90 MB Restore Duration: 500.25 ms "
      "Billed Restore Duration: 204 ms\n");
  ASSERT_EQ(calls.calls.size(), 1);
  EXPECT_EQ(calls.calls[0].init, 500'250us);
  EXPECT_EQ(calls.calls[0].start, Start::cold);
}

TEST(Reports, BecomeCallsInOrderOfTheirStarts) {
  const auto line = [](int minute, int milliseconds) {
    return fmt::format("2026-05-18T09:{:02}:00Z REPORT RequestId: a\tDuration: {} ms\n", minute,
                       milliseconds);
  };
  const Read calls = read(line(1, 100) + line(15, 900'000) + line(30, 5'000) + line(31, 900'000));
  EXPECT_EQ(calls.error, "");
  std::vector<Duration> starts;
  starts.reserve(calls.calls.size());
  for (const Call& call : calls.calls) starts.push_back(call.at.time_since_epoch());
  EXPECT_THAT(starts, ElementsAre(0s, 59'900ms, 960s, 1'795s));
}

TEST(Reports, SayWhatIsWrongAndWhere) {
  EXPECT_EQ(read("REPORT RequestId: a\tDuration: 1 ms\n").error,
            "a REPORT line has no time (log:1:1)");
  EXPECT_EQ(read("2026-05-18T09:27:43Z REPORT RequestId: a\tDura").error,
            "a REPORT line has no `Duration` (log:1:22)");
  EXPECT_EQ(read("2026-05-18T09:27:43Z REPORT RequestId: a\tDuration: x ms").error,
            "`` is no value of `Duration` (log:1:52)");
  EXPECT_EQ(read("2026-05-18T09:27:43Z REPORT RequestId: a\tDuration: -1 ms").error,
            "`-1` is no value of `Duration` (log:1:52)");
  EXPECT_EQ(read("START RequestId: a\n").error, "there is no REPORT line in the file (log)");
  EXPECT_EQ(read("2026-05-18T09:27:43Z REPORT RequestId: a\tDuration: 1 ms\n"
                 "2026-05-18T10:27:43Z REPORT RequestId: a\tDuration: 1 ms\n"
                 "2026-05-18T11:27:43Z REPORT RequestId: a\tDuration: 1 ms\n"
                 "2026-05-18T08:27:43Z REPORT RequestId: a\tDuration: 1 ms\n")
                .error,
            "the lines are not in order of time (log:4:1)");
  EXPECT_EQ(read("{\"type\":\"platform.report\"").error, "a platform.report is no JSON (log:1:1)");
  EXPECT_EQ(read("timestamp,message\n1,\"REPORT RequestId: a\tDuration: 1 ms\"\n").error,
            "`1` is no time (log:2:1)");
}

}  // namespace
}  // namespace smyth::traffic
