#include "simulate/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace smyth::simulate {
namespace {

using testing::HasSubstr;

std::vector<std::string> texts(const Axis& axis) {
  std::vector<std::string> all;
  all.reserve(axis.ticks.size());
  for (const Axis::Tick& tick : axis.ticks) all.push_back(tick.text);
  return all;
}

TEST(Chart, AxesHaveRoundTicks) {
  EXPECT_THAT(texts(linear_axis("", 30)), testing::ElementsAre("0", "10", "20", "30"));
  EXPECT_THAT(texts(linear_axis("", 0.9)),
              testing::ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1"));
  EXPECT_THAT(texts(linear_axis("", 0)), testing::ElementsAre("0", "1"));
  EXPECT_THAT(texts(time_axis(21'600)),
              testing::ElementsAre("0", "1 h", "2 h", "3 h", "4 h", "5 h", "6 h"));
  EXPECT_THAT(texts(time_axis(7 * 86'400)),
              testing::ElementsAre("0", "1 d", "2 d", "3 d", "4 d", "5 d", "6 d", "7 d"));
  EXPECT_THAT(texts(length_axis("", 3e6, 4e9)), testing::ElementsAre("10 ms", "100 ms", "1 s"));
  EXPECT_THAT(texts(length_axis("", 90e6, 400e6)), testing::ElementsAre("100 ms", "200 ms"));
}

TEST(Chart, TextIsEscaped) {
  const Chart chart{.id = "c",
                    .title = "a < b",
                    .description = "\"&\"",
                    .x = time_axis(1),
                    .y = linear_axis("", 1)};
  const std::string html = figure_of(chart);
  EXPECT_THAT(html, HasSubstr("<h2>a &lt; b</h2>"));
  EXPECT_THAT(html, HasSubstr("&quot;&amp;&quot;"));
}

}  // namespace
}  // namespace smyth::simulate
