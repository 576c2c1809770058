#include "simulate/figure_text.h"

#include <gtest/gtest.h>

namespace smyth::simulate {
namespace {

TEST(FigureText, NumbersHaveThreeDigitsOrAllOfTheWholeOnes) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.012345), "0.0123");
  EXPECT_EQ(short_number(1), "1.00");
  EXPECT_EQ(short_number(9.999), "10.0");
  EXPECT_EQ(short_number(99.96), "100");
  EXPECT_EQ(short_number(999.6), "1,000");
  EXPECT_EQ(short_number(54'385.4), "54,385");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(999), "999");
}

TEST(FigureText, DollarsHaveCents) {
  EXPECT_EQ(dollars(0), "$0.00");
  EXPECT_EQ(dollars(1'234.5), "$1,234.50");
  EXPECT_EQ(dollars(0.0041), "$0.0041");
}

TEST(FigureText, AnIntervalWithoutExtentIsNotShown) {
  EXPECT_EQ(share({0.0123, 0.011, 0.0141}), "1.23 % (1.10 - 1.41)");
  EXPECT_EQ(share(Estimate::exactly(0.5)), "50.0 %");
}

TEST(FigureText, TheOriginIsSaidOnce) {
  EXPECT_EQ(origin_text({"a", "1", Origin::measured, "measured on Lambda"}), "measured on Lambda");
  EXPECT_EQ(origin_text({"a", "1", Origin::documented, "Lambda's quotas"}),
            "documented by AWS: Lambda's quotas");
  EXPECT_EQ(origin_text({"a", "1", Origin::given, ""}), "given");
}

}  // namespace
}  // namespace smyth::simulate
