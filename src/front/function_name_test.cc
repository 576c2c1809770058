#include "front/function_name.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

namespace smyth::front {
namespace {

TEST(FunctionName, HasItsParts) {
  const auto name =
      parse_function_name("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a:$LATEST");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->region, "us-gov-west-1");
  EXPECT_EQ(name->account, "123456789012");
  EXPECT_EQ(name->name, "a");
  EXPECT_EQ(name->qualifier, "$LATEST");
}

// Whether it is a name is what AWS's own pattern says, for every way to put pieces together.
TEST(FunctionName, IsWhatThePatternMatches) {
  const std::regex pattern{std::string(function_name_pattern)};
  const std::string_view pieces[] = {"",       "arn",          "aws",           "aws-cn",
                                     "lambda", "eu-central-1", "us-gov-east-2", "us-isob-east-1",
                                     "x-1",    "123456789012", "123",           "function",
                                     "orders", "$LATEST",      "a.b",           "a b"};
  std::string text;
  std::size_t names = 0;
  const auto check = [&](std::string_view with) {
    const bool is_name = parse_function_name(with).has_value();
    names += is_name;
    EXPECT_EQ(is_name, std::regex_match(std::string(with), pattern)) << with;
  };
  for (const auto a : pieces) {
    check(a);
    for (const auto b : pieces) {
      const std::string two = std::string(a) + ":" + std::string(b);
      check(two);
      for (const auto c : pieces) {
        check(two + ":" + std::string(c));
        check("arn:aws:lambda:" + two + ":" + std::string(c));
        check(two + ":function:" + std::string(c));
        check("eu-central-1:123456789012:" + two + ":" + std::string(c));
      }
    }
  }
  EXPECT_GT(names, 200u);
}

TEST(FunctionName, HasAtMost256Characters) {
  EXPECT_TRUE(parse_function_name(std::string(256, 'a')));
  EXPECT_FALSE(parse_function_name(std::string(257, 'a')));
}

TEST(Qualifier, IsLatestOrAVersionOrAnAlias) {
  for (const char* text : {"$LATEST", "$LATEST.PUBLISHED", "1", "prod", "a-b_c"})
    EXPECT_TRUE(is_qualifier(text));
  for (const char* text : {"", "$latest", "a.b", "a b", "a:b", "\xc3\xa9"})
    EXPECT_FALSE(is_qualifier(text));
}

}  // namespace
}  // namespace smyth::front
