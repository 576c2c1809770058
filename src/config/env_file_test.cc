#include "config/env_file.h"

#include <gtest/gtest.h>

#include <string>

namespace smyth::config {
namespace {

Variables read_variables(std::string_view text) {
  auto variables = parse_env_file(text, ".env");
  if (variables) return *variables;
  for (const Mistake& mistake : variables.error()) ADD_FAILURE() << describe(mistake);
  return {};
}

std::string complaints_of(std::string_view text) {
  const auto variables = parse_env_file(text, ".env");
  if (variables) return "none";
  std::string all;
  for (const Mistake& mistake : variables.error()) all += describe(mistake);
  return all;
}

TEST(EnvFile, ReadsALinePerVariable) {
  EXPECT_EQ(read_variables("A=1\nB_2=two words\n\n# C=3\n  export D = 4 \nE=\nexport=5"),
            (Variables{{"A", "1"}, {"B_2", "two words"}, {"D", "4"}, {"E", ""}, {"export", "5"}}));
  EXPECT_EQ(read_variables(""), Variables{});
}

TEST(EnvFile, EndsAPlainValueAtACommentAfterABlank) {
  EXPECT_EQ(read_variables("A=x # y\nB=x#y\nC=# y\nURL=http://h/#top  # y"),
            (Variables{{"A", "x"}, {"B", "x#y"}, {"C", ""}, {"URL", "http://h/#top"}}));
}

TEST(EnvFile, TakesSingleQuotesAsTheyStandAndEscapesInDoubleQuotes) {
  EXPECT_EQ(read_variables(R"(A='a $b \n # "c"' # y
B="a\n\t\"\\ \$x \d # 'c'"
C="")"),
            (Variables{{"A", R"(a $b \n # "c")"}, {"B", "a\n\t\"\\ $x \\d # 'c'"}, {"C", ""}}));
}

TEST(EnvFile, LetsQuotedValuesGoOverSeveralLines) {
  EXPECT_EQ(read_variables("KEY=\"one\ntwo\n\"\nB=2"),
            (Variables{{"KEY", "one\ntwo\n"}, {"B", "2"}}));
  EXPECT_EQ(complaints_of("KEY='1\n2'\nbad"),
            "error: `bad` sets no variable (.env:3)\n"
            "hint: write `NAME=VALUE`; a comment begins with `#`\n");
}

TEST(EnvFile, ReadsFilesFromWindows) {
  EXPECT_EQ(read_variables("\xef\xbb\xbf"
                           "A=1\r\nB=\"2\"\r\n\r\nC=3\r\n"),
            (Variables{{"A", "1"}, {"B", "2"}, {"C", "3"}}));
}

TEST(EnvFile, LetsTheLastOfTwoCount) {
  EXPECT_EQ(read_variables("A=1\nA=2"), (Variables{{"A", "2"}}));
}

TEST(EnvFile, ReportsEveryMistakeAtOnce) {
  EXPECT_EQ(complaints_of("just words\n1A=2\n=3\nA-B=4\nGOOD=5\nA=\"x\" y\nB=\"open\nC\n"),
            "error: `just words` sets no variable (.env:1)\n"
            "hint: write `NAME=VALUE`; a comment begins with `#`\n"
            "error: `1A` cannot name a variable (.env:2)\n"
            "hint: use letters, digits and `_`, a letter first\n"
            "error: `` cannot name a variable (.env:3)\n"
            "hint: use letters, digits and `_`, a letter first\n"
            "error: `A-B` cannot name a variable (.env:4)\n"
            "hint: use letters, digits and `_`, a letter first\n"
            "error: `y` stands after the quoted value of `A` (.env:6)\n"
            "hint: put the quotes around the whole value\n"
            "error: the value of `B` is not closed (.env:7)\n"
            "hint: add the missing `\"`\n"
            "error: `C` sets no variable (.env:8)\n"
            "hint: write `NAME=VALUE`; a comment begins with `#`\n");
  EXPECT_EQ(complaints_of(std::string_view("A=x\0y", 5)),
            "error: `A` has a NUL character (.env:1)\nhint: remove it\n");
}

TEST(EnvFile, TellsThatItIsNotThere) {
  const auto variables = load_env_file("/nowhere/.env");
  ASSERT_FALSE(variables);
  EXPECT_EQ(describe(variables.error().at(0)),
            "error: cannot read the env file: No such file or directory (/nowhere/.env)\n"
            "hint: check the name and the permissions\n");
}

}  // namespace
}  // namespace smyth::config
