#include "base/path_pattern.h"

#include <gtest/gtest.h>

namespace smyth {
namespace {

using Param = PathSyntax::Param;

TEST(PathPatternSyntax, IsTakenApartIntoParametersAndTheTextBetween) {
  EXPECT_EQ(*parse_path_pattern("/orders"), (PathSyntax{{}, "/orders"}));
  EXPECT_EQ(*parse_path_pattern(""), PathSyntax{});
  EXPECT_EQ(*parse_path_pattern("/{a}-{b:int}.{c:float}{d:uuid}/{e:path}!{f:str}x"),
            (PathSyntax{{Param{"/", "a", Convertor::str}, Param{"-", "b", Convertor::integer},
                         Param{".", "c", Convertor::floating}, Param{"", "d", Convertor::uuid},
                         Param{"/", "e", Convertor::path}, Param{"!", "f", Convertor::str}},
                        "x"}));
}

struct Bad {
  std::string_view pattern;
  std::string_view message;
  std::string_view hint;
};

class BadPathPattern : public testing::TestWithParam<Bad> {};

TEST_P(BadPathPattern, IsRefusedWithAHint) {
  const auto syntax = parse_path_pattern(GetParam().pattern);
  ASSERT_FALSE(syntax) << GetParam().pattern;
  EXPECT_EQ(syntax.error().code, ErrorCode::misused);
  EXPECT_EQ(syntax.error().message, GetParam().message);
  EXPECT_EQ(syntax.error().hint, GetParam().hint);
}

constexpr std::string_view param_hint =
    "a parameter is `{name}` or `{name:convertor}`, the name made of letters, digits and `_`";

INSTANTIATE_TEST_SUITE_P(
    Mistakes, BadPathPattern,
    testing::Values(
        Bad{"/o/{id:itn}", "unknown convertor `itn` of parameter `id`", "did you mean `int`?"},
        Bad{"/o/{id:Int}", "unknown convertor `Int` of parameter `id`", "did you mean `int`?"},
        Bad{"/o/{id:regexp}", "unknown convertor `regexp` of parameter `id`",
            "use `str`, `path`, `int`, `float` or `uuid`"},
        Bad{"/{a}/{b}/{a:int}", "parameter `a` appears twice",
            "give each parameter a name of its own"},
        Bad{"/{proxy+}", "`{proxy+}` is no parameter",
            "write `{proxy:path}` for the rest of a path"},
        Bad{"/{+}", "`{+}` is no parameter", "write `{path:path}` for the rest of a path"},
        Bad{"/{order id}", "`{order id}` is no parameter", param_hint},
        Bad{"/{1st}", "`{1st}` is no parameter", param_hint},
        Bad{"/{}", "`{}` is no parameter", param_hint},
        Bad{"/{id:}", "`{id:}` is no parameter", param_hint},
        Bad{"/{a{b}}", "`{a{b}` is no parameter", param_hint},
        Bad{"/{id", "`{id` is not closed", "add the missing `}`"},
        Bad{"/id}", "a `}` closes no parameter", "a parameter is `{name}` or `{name:convertor}`"}));

TEST(PathPatternSyntax, MatchesLikeAnotherWhateverItsParametersAreCalled) {
  const auto pattern = *parse_path_pattern("/a/{id}");
  EXPECT_TRUE(pattern.matches_like(*parse_path_pattern("/a/{name:str}")));
  EXPECT_FALSE(pattern.matches_like(*parse_path_pattern("/a/{id:int}")));
  EXPECT_FALSE(pattern.matches_like(*parse_path_pattern("/b/{id}")));
  EXPECT_FALSE(pattern.matches_like(*parse_path_pattern("/a/{id}/")));
  EXPECT_FALSE(pattern.matches_like(*parse_path_pattern("/a/{id}{more}")));
}

}  // namespace
}  // namespace smyth
