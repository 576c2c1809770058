#include "traffic/rates.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smyth::traffic {
namespace {

using namespace std::chrono_literals;

std::string error(std::string_view text) {
  const auto rates = read_rates(TextFile::of(text, "rates"));
  return rates ? std::string() : rates.error().message;
}

TEST(Rates, HoldFromTheirTimeOn) {
  const auto rates = read_rates(TextFile::of("t,rate\n0,1.5\n3600,0\n7200,1e3\n", "rates"));
  ASSERT_TRUE(rates);
  ASSERT_EQ(rates->size(), 3);
  EXPECT_EQ((*rates)[0].per_second, 1.5);
  EXPECT_EQ((*rates)[1].from, TimePoint{1h});
  EXPECT_EQ((*rates)[2].per_second, 1000);
}

TEST(Rates, HaveTheUnitsOfTheirColumns) {
  const auto rates = read_rates(TextFile::of("rate_per_min,time_h\n90,0\n0,24\n", "rates"));
  ASSERT_TRUE(rates);
  EXPECT_EQ((*rates)[0].per_second, 1.5);
  EXPECT_EQ((*rates)[1].from, TimePoint{24h});
}

TEST(Rates, SayWhatIsWrongAndWhere) {
  EXPECT_EQ(error(""), "there is nothing in the file (rates)");
  EXPECT_EQ(error("t,rate\n"), "there is no rate in the file (rates)");
  EXPECT_EQ(error("t\n0\n"), "there is no column `rate` (rates:1:1)");
  EXPECT_EQ(error("t,rate,x\n"), "unknown column `x` (rates:1:8)");
  EXPECT_EQ(error("t,rate_per_day\n"), "unknown column `rate_per_day` (rates:1:3)");
  EXPECT_EQ(error("t,rate\n1,2\n"), "the first rate does not begin at 0 (rates:2:1)");
  EXPECT_EQ(error("t,rate\n0,2\n0,3\n"), "time does not go on (rates:3:1)");
  EXPECT_EQ(error("t,rate\n0,-1\n"), "`-1` is no rate (rates:2:3)");
  EXPECT_EQ(error("t,rate\n0,nan\n"), "`nan` is no rate (rates:2:3)");
  EXPECT_EQ(error("t,rate\n0,inf\n"), "`inf` is no rate (rates:2:3)");
  EXPECT_EQ(error("t,rate\n0,1e10\n"), "`1e10` is no rate (rates:2:3)");
  EXPECT_EQ(error("t,rate\n0\n"), "there are 1 cells in a row and 2 columns (rates:2:1)");
}

}  // namespace
}  // namespace smyth::traffic
