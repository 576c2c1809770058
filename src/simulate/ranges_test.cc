#include "simulate/ranges.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace smyth::simulate {
namespace {

using Values = std::vector<std::string>;

TEST(Ranges, AListIsMoreThanOneValue) {
  EXPECT_TRUE(is_list("20..200/20"));
  EXPECT_TRUE(is_list("first_warm,round_robin"));
  EXPECT_TRUE(is_list("first_warm,mine:last"));
  for (const char* one : {"", "20", "none", "api=5,worker=3", "10,50@8h-18h"}) {
    EXPECT_FALSE(is_list(one)) << one;
  }
}

TEST(Ranges, CountFromTheFirstToTheLast) {
  EXPECT_EQ(read_list("20..60/20", "x"), (Values{"20", "40", "60"}));
  EXPECT_EQ(read_list("0..9/5", "x"), (Values{"0", "5"})) << "a last step that is too long";
  EXPECT_EQ(read_list("1..3", "x"), (Values{"1", "2", "3"}));
  EXPECT_EQ(read_list("5,1..2,none", "x"), (Values{"5", "1", "2", "none"}));
}

TEST(Ranges, ThatAreNoneAreErrors) {
  for (const char* text : {"1,", ",1", "1..", "..5", "5..1", "1..5/0", "1..5/x", "1..5..9",
                           "0..10000000", "-1..5", "1..5/99999999999999999999"}) {
    EXPECT_FALSE(read_list(text, "x")) << text;
  }
  EXPECT_EQ(read_list("5..1", "--reserved").error().hint, "write `1..5/1`");
}

}  // namespace
}  // namespace smyth::simulate
