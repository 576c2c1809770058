#include "traffic/azure_2019.h"

#include "test/support/recorded_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace smyth::traffic {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view some_durations =
    "HashFunction,HashApp,HashOwner,Count,Average\na,p,o,4,100\nb,p,o,3,2500\n";

std::vector<Call> all_of(CallSource& source) {
  std::vector<Call> calls;
  for (;;) {
    const auto batch = source.next_batch();
    EXPECT_TRUE(batch);
    if (!batch || batch->empty()) return calls;
    calls.insert(calls.end(), batch->begin(), batch->end());
  }
}

Call call(Duration at, std::uint32_t function, Duration duration) {
  return {
      .at = TimePoint(at), .function = function, .duration = duration, .cold_duration = duration};
}

TEST(Azure2019, PutsCallsAtTheMiddlesOfTheEqualPartsOfTheirMinute) {
  const auto source =
      read_azure_2019(TextFile::of("HashFunction,HashApp,HashOwner,minute_1,minute_2,minute_3\n"
                                   "a,p,o,1,0,3\nb,p,o,3,0,0\n",
                                   "calls"),
                      TextFile::of(some_durations, "durations"));
  ASSERT_TRUE(source);
  EXPECT_THAT(all_of(**source),
              ElementsAre(call(10s, 1, 2500ms), call(30s, 0, 100ms), call(30s, 1, 2500ms),
                          call(50s, 1, 2500ms), call(130s, 0, 100ms), call(150s, 0, 100ms),
                          call(170s, 0, 100ms)));
  EXPECT_THAT((*source)->functions(), ElementsAre("a", "b"));
  EXPECT_EQ((*source)->end(), TimePoint{180s});
}

TEST(Azure2019, FindsColumnsByTheirNames) {
  const auto source = read_azure_2019(
      TextFile::of("HashOwner,HashApp,HashFunction,Trigger,1,2\no,p,b,http,0,1\n", "calls"),
      TextFile::of("HashOwner,HashApp,HashFunction,Average,Count\no,p,a,1,1\no,p,b,2,1\n",
                   "durations"));
  ASSERT_TRUE(source);
  EXPECT_THAT(all_of(**source), ElementsAre(call(90s, 0, 2ms)));
}

// By the definition, with one division a call, and sorted.
std::vector<Call> naive(const std::vector<std::vector<std::uint32_t>>& counts) {
  std::vector<Call> calls;
  for (std::uint32_t function = 0; function < counts.size(); ++function) {
    for (std::uint64_t minute = 0; minute < counts[function].size(); ++minute) {
      const std::uint64_t k = counts[function][minute];
      for (std::uint64_t i = 0; i < k; ++i) {
        const std::uint64_t at = minute * 60'000'000'000 + ((2 * i + 1) * 60'000'000'000) / (2 * k);
        calls.push_back(call(Duration(at), function, 1ms));
      }
    }
  }
  std::ranges::sort(calls, {}, [](const Call& c) { return std::tuple(c.at, c.function); });
  return calls;
}

TEST(Azure2019, MergesFunctionsInOrderOfTimeHoweverManyCallsThereAre) {
  const std::vector<std::vector<std::uint32_t>> counts = {
      {1, 0, 7, 50'000}, {12'345, 2, 7, 1}, {0, 0, 0, 3}, {1, 0, 0, 0}, {999, 998, 997, 996}};
  std::string calls = "HashFunction,minute_1,minute_2,minute_3,minute_4\n";
  std::string durations = "HashFunction,Average\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    calls += std::to_string(i);
    for (const auto count : counts[i]) calls += "," + std::to_string(count);
    calls += "\n";
    durations += std::to_string(i) + ",1\n";
  }
  const auto source =
      read_azure_2019(TextFile::of(calls, "calls"), TextFile::of(durations, "durations"));
  ASSERT_TRUE(source);
  EXPECT_EQ(all_of(**source), naive(counts));
}

TEST(Azure2019, SaysWhereAPairOfFilesIsWrong) {
  const auto error = [](std::string_view calls, std::string_view durations) {
    const auto source =
        read_azure_2019(TextFile::of(calls, "calls"), TextFile::of(durations, "durations"));
    return source ? std::string() : source.error().message;
  };
  const std::string head = "HashFunction,HashApp,HashOwner,minute_1,minute_2\n";
  EXPECT_EQ(error(head + "a,p,o,1,x\n", some_durations), "`x` is no number of calls (calls:2:9)");
  EXPECT_EQ(error(head + "a,p,o,1,-1\n", some_durations), "`-1` is no number of calls (calls:2:9)");
  EXPECT_EQ(error(head + "a,p,o,1,100000001\n", some_durations),
            "`100000001` is no number of calls (calls:2:9)");
  EXPECT_EQ(error(head + "c,p,o,1,1\n", some_durations), "there is no duration of `c` (calls:2:1)");
  EXPECT_EQ(error(head + "a,p,o,1,1\na,p,o,1,1\n", some_durations),
            "the function is there twice (calls:3:1)");
  EXPECT_EQ(error(head + "a,p,o,1\n", some_durations),
            "there are 4 cells in a row and 5 columns (calls:2:7)");
  EXPECT_EQ(error("HashFunction,minute_2\n", some_durations),
            "minute 2 follows minute 0 (calls:1:14)");
  EXPECT_EQ(error(some_durations, some_durations), "there is no column `minute_1` (calls)");
  EXPECT_EQ(error(head, head), "there is no column `Average` (durations)");
  EXPECT_EQ(error(head, "HashFunction,Average\na,-1\n"),
            "`-1` is no average duration in ms (durations:2:3)");
  EXPECT_EQ(error("", some_durations), "there is no column `HashFunction` (calls)");
}

TEST(Azure2019, ReadsTheWholeSample) {
  SMYTH_NEEDS_RECORDED_DATA(data);
  auto source = open_azure_2019(data + "/azure-2019/100_inv.csv", data + "/azure-2019/100_run.csv");
  ASSERT_TRUE(source) << source.error().message;
  const std::vector<Call> calls = all_of(**source);
  EXPECT_EQ(calls.size(), 621'128);
  EXPECT_TRUE(std::ranges::is_sorted(calls, {}, &Call::at));
  EXPECT_EQ((*source)->functions().size(), 100);
  EXPECT_EQ((*source)->end(), TimePoint{24h});
}

}  // namespace
}  // namespace smyth::traffic
