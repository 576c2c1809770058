#include "simulate/grid.h"

#include "simulate/grid_json.h"
#include "simulate/grid_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace smyth::simulate {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

// A function that is asked for with one memory size after the other: as fast, but dearer. With none
// reserved it serves nobody.
Grid grid_of(const std::vector<std::uint32_t>& memory_sizes, std::uint32_t reserved) {
  Grid grid{.names = {"memory"}};
  for (const std::uint32_t mib : memory_sizes) {
    Question question;
    Function function{.name = "api", .memory_mib = mib};
    function.model = {.spec = {.overflow = core::Overflow::throttle, .timeout = Duration{0}},
                      .duration = sim::Law::constant(milliseconds(100)),
                      .without_slot_limit = true};
    function.model.spec.reserved = mib == 64 ? 0 : reserved;
    question.functions = {function};
    question.account = core::AccountSpec{.concurrency = 1'000};
    question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 20}}}}};
    question.length = std::chrono::minutes(1);
    question.traffic_text = "20 calls/s";
    grid.points.push_back({.values = {std::to_string(mib)}, .question = question});
  }
  return grid;
}

Grid answered(Grid grid) {
  Progress progress;
  EXPECT_TRUE(answer_all(grid, progress));
  return grid;
}

TEST(Grid, TheFrontIsOfWhatNothingBeats) {
  const Grid grid = answered(grid_of({256, 128, 512}, 10));
  EXPECT_FALSE(grid.points[0].is_front);
  EXPECT_TRUE(grid.points[1].is_front);
  EXPECT_FALSE(grid.points[2].is_front);
  EXPECT_TRUE(grid.is_complete());
}

TEST(Grid, WhatServesNobodyIsNotOnTheFrontThoughItIsCheap) {
  const Grid grid = answered(grid_of({64, 128}, 10));
  EXPECT_EQ(grid.points[0].findings.all.sums.answered, 0U);
  EXPECT_FALSE(grid.points[0].is_front);
  EXPECT_TRUE(grid.points[1].is_front);
  EXPECT_THAT(grid_page(grid), Not(HasSubstr("<title>memory 64")));
  EXPECT_THAT(grid_page(answered(grid_of({64}, 10))), HasSubstr("0 of them are on the front"));
}

TEST(Grid, InterruptedItHasThePointsThatWereBegun) {
  Grid grid = grid_of({128, 256}, 10);
  Progress progress;
  progress.stop = true;
  EXPECT_TRUE(answer_all(grid, progress));
  EXPECT_TRUE(grid.points.empty());
  EXPECT_FALSE(grid.is_complete());
  EXPECT_THAT(grid_table(grid), HasSubstr("NOT COMPLETE: 0 of 2 points"));
  EXPECT_THAT(grid_json(grid), HasSubstr("\"complete\": false,\n  \"asked\": 2,\n"));
}

TEST(Grid, ThePageHasEachPointInTheChartAndInTheTable) {
  const Grid grid = answered(grid_of({128, 256}, 10));
  const std::string html = grid_page(grid);
  EXPECT_THAT(html, HasSubstr("<h1>api, simulated 2 times</h1>"));
  EXPECT_THAT(html, HasSubstr("2 questions: dollars a month against the p99 of the latency. 1 of"));
  EXPECT_THAT(html, HasSubstr("<title>memory 128: $"));
  EXPECT_THAT(html, HasSubstr("<tr><th scope=\"row\">256</th>"));
}

}  // namespace
}  // namespace smyth::simulate
