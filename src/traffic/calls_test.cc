#include "traffic/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  std::string hint;
};

Read read(std::string_view text) {
  Read read;
  auto source = read_calls(TextFile::of(text, "calls"));
  if (!source) {
    read.error = source.error().message;
    read.hint = source.error().hint;
    EXPECT_EQ(source.error().code, ErrorCode::misused);
    return read;
  }
  for (;;) {
    const auto batch = (*source)->next_batch();
    if (!batch) {
      read.error = batch.error().message;
      read.hint = batch.error().hint;
      EXPECT_EQ(batch.error().code, ErrorCode::misused);
      break;
    }
    if (batch->empty()) break;
    read.calls.insert(read.calls.end(), batch->begin(), batch->end());
  }
  const auto functions = (*source)->functions();
  read.functions.assign(functions.begin(), functions.end());
  return read;
}

TEST(CsvCalls, NeedOnlyATimeInSeconds) {
  const Read calls = read("time\n0\n0.25\n1e2\n");
  EXPECT_THAT(calls.calls, ElementsAre(Call{.at = TimePoint{}}, Call{.at = TimePoint{250ms}},
                                       Call{.at = TimePoint{100s}}));
  EXPECT_THAT(calls.functions, ElementsAre(""));
  EXPECT_EQ(calls.error, "");
}

TEST(CsvCalls, HaveAllThatAColumnCanSay) {
  const Read calls = read(
      "time_us,function,duration_ms,init,cold_duration_min,memory_gb,environment,cold\n"
      "5,orders,80.5,0.45,2,1,a,1\n"
      "6,\"mail, all\",,,,,,\n"
      "6,orders,1,,,,b,0\n");
  EXPECT_EQ(calls.error, "");
  EXPECT_THAT(calls.functions, ElementsAre("orders", "mail, all"));
  ASSERT_EQ(calls.calls.size(), 3);
  EXPECT_EQ(calls.calls[0], (Call{.at = TimePoint{5us},
                                  .function = 0,
                                  .memory_mib = 1'024,
                                  .duration = 80'500us,
                                  .init = 450ms,
                                  .cold_duration = 2min,
                                  .environment = 0,
                                  .start = Start::cold}));
  EXPECT_EQ(calls.calls[1], (Call{.at = TimePoint{6us}, .function = 1}));
  EXPECT_EQ(calls.calls[2].environment, 1);
  EXPECT_EQ(calls.calls[2].start, Start::warm);
}

TEST(CsvCalls, TakeAsLongAsTheirEndSays) {
  const Read calls = read(
      "start_ms,end_ms,environment,cold,duration_ms,billed_ms,max_memory_mb\n"
      "0.000,1956.088,1,0,1862.32,1900,54\n"
      "18560.648,20900.171,2,1,1867.94,1900,54\n");
  EXPECT_EQ(calls.error, "");
  ASSERT_EQ(calls.calls.size(), 2);
  EXPECT_EQ(calls.calls[0].duration, 1'956'088us);
  EXPECT_EQ(calls.calls[0].cold_duration, unsaid);
  EXPECT_EQ(calls.calls[1].at, TimePoint{18'560'648us});
  EXPECT_EQ(calls.calls[1].cold_duration, 2'339'523us);
  EXPECT_EQ(calls.calls[1].duration, 1'867'940us);
}

TEST(CsvCalls, CountDatesFromTheFirstCall) {
  const Read dates =
      read("timestamp\n2026-01-31T23:59:59.5Z\n2026-02-01 00:00:00\n2026-02-01T02:00:01+02:00\n");
  EXPECT_EQ(dates.error, "");
  EXPECT_THAT(dates.calls, ElementsAre(Call{.at = TimePoint{}}, Call{.at = TimePoint{500ms}},
                                       Call{.at = TimePoint{1'500ms}}));
  const Read numbers = read("time_ms\n1769903999500\n1769904000000\n");
  EXPECT_THAT(numbers.calls, ElementsAre(Call{.at = TimePoint{}}, Call{.at = TimePoint{500ms}}));
}

TEST(CsvCalls, AreReadWhateverEndsTheirLines) {
  EXPECT_EQ(read("\xef\xbb\xbftime\r\n1\r\n\r\n2").calls.size(), 2);
  EXPECT_EQ(read("time").calls.size(), 0);
}

TEST(CsvCalls, AreExactToTheNanosecond) {
  const Read calls =
      read("time\n123456789.123456789\n123456789.1234567899\n200000000.0000000004\n");
  ASSERT_EQ(calls.calls.size(), 3);
  const Duration first = calls.calls[1].at - calls.calls[0].at;
  EXPECT_EQ(first, 1ns);  // Of dates: counted from the first.
}

TEST(JsonCalls, HaveTheNamesOfColumns) {
  const Read calls = read(
      "{\"time\": 0, \"function\": \"a\\u00e4\\\"b\", \"duration_ms\": 1.5, \"cold\": true}\n"
      "\n"
      "  {\"function\":\"c\",\"time\":\"3\",\"init\":null}\n");
  EXPECT_EQ(calls.error, "");
  EXPECT_THAT(calls.functions, ElementsAre("aä\"b", "c"));
  ASSERT_EQ(calls.calls.size(), 2);
  EXPECT_EQ(calls.calls[0], (Call{.duration = 1'500us, .start = Start::cold}));
  EXPECT_EQ(calls.calls[1].at, TimePoint{3s});
}

struct Mistake {
  std::string_view text;
  std::string_view error;
  std::string_view hint;
};

class Malformed : public testing::TestWithParam<Mistake> {};

TEST_P(Malformed, IsAnErrorWithItsPlace) {
  const Read calls = read(GetParam().text);
  EXPECT_EQ(calls.error, GetParam().error);
  EXPECT_EQ(calls.hint, GetParam().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Csv, Malformed,
    testing::Values(
        Mistake{"", "there is nothing in the file (calls)", ""},
        Mistake{"duration\n1\n", "there is no column `time` (calls:1:1)",
                "the first line names the columns, such as `time,duration_ms`"},
        Mistake{"time,druation\n", "unknown column `druation` (calls:1:6)",
                "did you mean `duration`?"},
        Mistake{"time,duration_sec\n", "unknown unit `sec` of `duration` (calls:1:6)",
                "units of time are ns, us, ms, s, min and h"},
        Mistake{"time,memory_kb\n", "unknown unit `kb` of `memory` (calls:1:6)",
                "units of memory are mb and gb"},
        Mistake{"time,start\n", "`start` is there twice (calls:1:6)", ""},
        Mistake{"time,duration\n1,2\n2\n", "there are 1 cells in a row and 2 columns (calls:3:1)",
                ""},
        Mistake{"time\n1,2\n", "there are 2 cells in a row and 1 columns (calls:2:3)", ""},
        Mistake{"time\nnan\n", "`nan` is no number (calls:2:1)", ""},
        Mistake{"time\ninf\n", "`inf` is no number (calls:2:1)", ""},
        Mistake{"time\n0x10\n", "`0x10` is no number (calls:2:1)", ""},
        Mistake{"time\n1e\n", "`1e` is no number (calls:2:1)", ""},
        Mistake{"time,duration\n,1\n", "there is no time (calls:2:1)", ""},
        Mistake{"time\n-1\n", "`-1` is negative (calls:2:1)", ""},
        Mistake{"time,duration\n1,-0.5\n", "`-0.5` is negative (calls:2:3)", ""},
        Mistake{"time\n2\n1.5\n", "time goes backwards by 0.5 s (calls:3:1)",
                "calls come in order of time: sort the file by it"},
        Mistake{"time,duration\n1,1e300\n", "`1e300` is too large (calls:2:3)",
                "a column's name may say its unit: `duration_ms`, `time_us`"},
        Mistake{"time\n99999999999999999999999999\n",
                "`99999999999999999999999999` is too large (calls:2:1)",
                "a column's name may say its unit: `duration_ms`, `time_us`"},
        Mistake{"time,memory\n1,0\n", "`0` is too little memory (calls:2:3)", ""},
        Mistake{"time,memory\n1,99999999\n", "`99999999` is too large (calls:2:3)",
                "a column's name may say its unit: `duration_ms`, `time_us`"},
        Mistake{"time,cold\n1,yes\n", "`yes` is neither 0 nor 1 (calls:2:3)", ""},
        Mistake{"time,end\n2,1\n", "a call ends before it begins (calls:2:3)", ""},
        Mistake{"time\n2026-13-01T00:00:00Z\n", "`2026-13-01T00:00:00Z` is no date (calls:2:1)",
                "dates are as 2026-01-31T23:59:59.123Z"},
        Mistake{"time\n1\n2026-01-01T00:00:00Z\n",
                "some times are dates and some are not (calls:3:1)", ""},
        Mistake{"time,function\n1,\"a\n", "a quote is not closed (calls:2:3)", ""},
        Mistake{"time,function\n1,\"a\"b\n",
                "there is text after the closing quote of a cell (calls:2:3)", ""}));

INSTANTIATE_TEST_SUITE_P(
    Json, Malformed,
    testing::Values(
        Mistake{"{\"time\": 1", "a `,` or `}` is missing (calls:1:11)", ""},
        Mistake{"{\"time\" 1}", "a `:` is missing (calls:1:9)", ""},
        Mistake{"{\"time\": }", "a member is no number, string, true, false or null (calls:1:10)",
                ""},
        Mistake{"{\"time\": [1]}",
                "a member is no number, string, true, false or null (calls:1:10)", ""},
        Mistake{"{\"time\": 1} 2", "there is text after the object (calls:1:13)", ""},
        Mistake{"{\"time\": 1}\n[1]", "the line is no JSON object (calls:2:1)", ""},
        Mistake{"{\"duration\": 1}", "there is no time (calls:1:1)", ""},
        Mistake{"{\"time\": 1, \"start\": 2}", "`start` is there twice (calls:1:13)", ""},
        Mistake{"{\"time\": 1, \"functoin\": \"a\"}", "unknown column `functoin` (calls:1:13)",
                "did you mean `function`?"},
        Mistake{"{\"time\": true}", "`true` is no number (calls:1:10)", ""},
        Mistake{"{\"time\": \"a", "a string does not end (calls:1:10)", ""},
        Mistake{"{\"time\": \"\\x\"}", "this escape is none of JSON's (calls:1:12)", ""}));

TEST(TextFile, RefusesALineOfMoreThanAMebibyte) {
  const std::string line(TextFile::line_bytes_max + 1, '1');
  EXPECT_EQ(read("time\n" + line + "\n").error, "the line is longer than 1 MiB (calls:2:1048577)");
}

TEST(TextFile, SaysWhenItCannotBeRead) {
  const auto missing = open_calls("/nowhere/calls.csv");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot read /nowhere/calls.csv: No such file or directory");
  const auto folder = open_calls("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot read /: Is a directory");
}

}  // namespace
}  // namespace smyth::traffic
