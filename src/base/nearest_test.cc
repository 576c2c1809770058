#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace smyth {
namespace {

constexpr std::array<std::string_view, 4> words = {"concurrency", "timeout", "port", "INFO"};

TEST(Nearest, OffersTheWordWithTheFewestMistakes) {
  EXPECT_EQ(nearest("concurency", words), "concurrency");
  EXPECT_EQ(nearest("timout", words), "timeout");
  EXPECT_EQ(nearest("prot", words), "port");
}

TEST(Nearest, IgnoresCase) { EXPECT_EQ(nearest("inof", words), "INFO"); }

TEST(Nearest, OffersTheWordThatIsAbbreviated) {
  EXPECT_EQ(nearest("conc", words), "concurrency");
  EXPECT_EQ(nearest("con", words), "concurrency");
  EXPECT_EQ(nearest("co", words), "");
}

TEST(Nearest, OffersNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("handlers", words), "");
  EXPECT_EQ(nearest("xy", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(5'000, 'x'), words), "");
}

TEST(Nearest, TakesTheFirstOfEqualOnes) {
  constexpr std::array<std::string_view, 2> both = {"cat", "bat"};
  EXPECT_EQ(nearest("rat", both), "cat");
}

}  // namespace
}  // namespace smyth
