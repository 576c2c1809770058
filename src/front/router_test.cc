#include "front/router.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace smyth::front {
namespace {

PathPattern pattern(std::string_view text) {
  auto parsed = PathPattern::parse(text);
  EXPECT_TRUE(parsed) << text;
  return std::move(*parsed);
}

// "-" or "a=1 b=2", as in the table.
std::string matched(std::string_view text, std::string_view path) {
  const auto params = pattern(text).match(path);
  if (!params) return "-";
  std::string line;
  for (const auto& [name, value] : *params) line += (line.empty() ? "" : "\t") + name + "=" + value;
  return line;
}

TEST(Router, MatchesWhatStarletteMatches) {
  const char* other = std::getenv("SMYTH_PATH_PATTERNS");
  std::ifstream table(other ? other : "test/data/path_patterns.txt");
  ASSERT_TRUE(table);
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string text, path, expected;
    std::getline(fields, text, '\t');
    std::getline(fields, path, '\t');
    std::getline(fields, expected, '\0');
    EXPECT_EQ(matched(text, path), expected) << text << " on " << path;
    ++rows;
  }
  EXPECT_GE(rows, 500u);
}

TEST(Router, GivesTheFirstParametersAsMuchAsTheyCanHave) {
  EXPECT_EQ(matched("/{a}-{b}", "/x-y-z"), "a=x-y\tb=z");
  EXPECT_EQ(matched("/{a:path}/{b:path}", "/1/2/3"), "a=1/2\tb=3");
}

TEST(Router, CatchesEverythingWithoutALeadingSlash) {
  EXPECT_EQ(matched("{path:path}", "/orders/1"), "path=/orders/1");
  EXPECT_EQ(matched("orders/{id}", "/orders/1"), "-");
}

TEST(Router, TakesANewlineForACharacterLikeAnyOther) {
  EXPECT_EQ(matched("/orders/{path:path}", "/orders/a\nb\n"), "path=a\nb\n");
  EXPECT_EQ(matched("/orders", "/orders\n"), "-");
}

TEST(Router, GivesAPatternWithoutParametersNone) {
  const auto params = pattern("/orders").match("/orders");
  ASSERT_TRUE(params);
  EXPECT_TRUE(params->empty());
}

TEST(Router, RefusesABadPattern) {
  const auto parsed = PathPattern::parse("/{id}/{id}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "parameter `id` appears twice");
}

TEST(Router, WritesRouteKeysAsApiGatewayDoes) {
  EXPECT_EQ(pattern("/orders/{path:path}").route_key(), "ANY /orders/{path+}");
  EXPECT_EQ(pattern("{path:path}").route_key(), "ANY /{path+}");
  EXPECT_EQ(pattern("/a/{n:int}-{u:uuid}/{x:float}/{s:str}/z").route_key(),
            "ANY /a/{n}-{u}/{x}/{s}/z");
  EXPECT_EQ(pattern("/").route_key(), "ANY /");
  EXPECT_EQ(pattern("").route_key(), "ANY /");
  EXPECT_EQ(pattern("/orders/{id:int}").text(), "/orders/{id:int}");
}

TEST(Router, MatchesAHostilePathInTimeThatGrowsWithItsLength) {
  const auto worst = pattern("/{a:path}1{b:path}1{c:path}1{d:float}{e:float}{f:int}{g}!");
  const std::string path = "/" + std::string(8'192, '1');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(worst.match(path + "?"));
  EXPECT_FALSE(worst.match(path + "/!"));
  EXPECT_TRUE(worst.match(path + "!"));
  // A few milliseconds; backtracking would take years.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(PercentDecode, DecodesEscapesAndLeavesMalformedOnes) {
  EXPECT_EQ(percent_decode("/a%20b%2Fc%c3%A9"), "/a b/c\xc3\xa9");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%4g%%41"), "%zz%4g%A");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  EXPECT_EQ(percent_decode("%00x"), std::string("\0x", 2));
}

TEST(PercentDecode, TakesAPlusForABlankOnlyInQueries) {
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b%2B", PlusIs::blank), "a b+");
}

}  // namespace
}  // namespace smyth::front
