#include "live/uuid.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace smyth::live {
namespace {

TEST(Uuid, HasItsFormVersionAndVariant) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  UuidSource source;
  for (int i = 0; i < 1'000; ++i) {
    const std::string made = source.make();
    EXPECT_TRUE(std::regex_match(made, form)) << made;
  }
}

TEST(Uuid, NeverComesTwice) {
  std::set<std::string> made;
  UuidSource one;
  UuidSource other;
  for (int i = 0; i < 10'000; ++i) {
    made.insert(one.make());
    made.insert(other.make());
  }
  EXPECT_EQ(made.size(), 20'000u);
}

// Each of the 122 free bits is sometimes 0 and sometimes 1: no digit is stuck, none is cut off.
TEST(Uuid, EveryFreeDigitTakesEveryValue) {
  UuidSource source;
  std::vector<std::set<char>> seen(36);
  for (int i = 0; i < 2'000; ++i) {
    const std::string made = source.make();
    for (std::size_t at = 0; at < made.size(); ++at) seen[at].insert(made[at]);
  }
  for (std::size_t at = 0; at < seen.size(); ++at) {
    const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
    const std::size_t expected = is_dash || at == 14 ? 1 : at == 19 ? 4 : 16;
    EXPECT_EQ(seen[at].size(), expected) << at;
  }
}

}  // namespace
}  // namespace smyth::live
