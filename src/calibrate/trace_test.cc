#include "calibrate/trace.h"

#include "traffic/calls.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smyth::calibrate {
namespace {

using namespace std::chrono_literals;

Result<std::vector<Trace>> read(std::string_view text, const TraceOptions& options = {}) {
  auto source = traffic::read_calls(traffic::TextFile::of(text, "calls"));
  if (!source) return std::unexpected(source.error());
  return read_traces(**source, "calls", options);
}

TEST(Traces, AreOneForEachFunction) {
  const auto traces =
      read("time,function,duration,init,cold\n0,a,1,0.5,1\n1,b,2,,0\n2,a,1,0.5,0\n");
  ASSERT_TRUE(traces);
  ASSERT_EQ(traces->size(), 2);
  EXPECT_EQ((*traces)[0].name, "calls, a");
  ASSERT_EQ((*traces)[0].calls.size(), 2);
  EXPECT_EQ((*traces)[0].calls[0].duration, 1500ms);
  EXPECT_EQ((*traces)[0].calls[1].duration, 1s);
  EXPECT_EQ((*traces)[1].calls[0].function, 0);
}

TEST(Traces, GiveTheirEnvironmentsBackBeforeTheClientHasItsAnswer) {
  const auto traces = read("time,end,cold\n0,2,1\n3,3.1,0\n", TraceOptions{.early_reuse = 150ms});
  ASSERT_TRUE(traces);
  ASSERT_EQ(traces->size(), 1);
  EXPECT_EQ((*traces)[0].name, "calls");
  EXPECT_EQ((*traces)[0].calls[0].cold_duration, 1850ms);
  EXPECT_EQ((*traces)[0].calls[1].duration, 0s);
}

TEST(Traces, MustSayHowLongTheirCallsTookAndWhichWereCold) {
  EXPECT_EQ(read("time,cold\n0,1\n").error().message, "call 1 has no duration (calls)");
  EXPECT_EQ(read("time,duration\n0,1\n").error().message,
            "call 1 does not say if it was cold (calls)");
  EXPECT_EQ(read("time\n").error().message, "there is no call in the file (calls)");
}

}  // namespace
}  // namespace smyth::calibrate
