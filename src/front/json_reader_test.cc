#include "front/json_reader.h"

#include "front/invoke_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smyth::front {
namespace {

std::string mistake(std::string_view text) {
  const auto checked = check_json(text);
  return checked ? "" : checked.error();
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(CheckJson, TakesWhatRfc8259Takes) {
  for (const char* text :
       {"{}", "[]", "\"\"", "0", "-0", "12", "-1.50", "1e5", "1E+5", "0.1e-10", "true", "false",
        "null", " \t\r\n[ 1 , [ ] , { } ]\n", R"({"a":{"b":[1,2,{"c":null}]},"a":""})",
        R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00\ud800")", "\"\x7f é€😀\"", "{\"\":{\"\":[]}}",
        "123456789012345678901234567890"}) {
    EXPECT_EQ(mistake(text), "") << text;
  }
}

TEST(CheckJson, SaysWhatIsWrongAndWhere) {
  const std::string values =
      "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  const std::pair<std::string, std::string> table[] = {
      {"", "Unexpected end-of-input: expected a valid value " + values + " (line 1, column 1)"},
      {"x", "Unrecognized token 'x': was expecting " + values + " (line 1, column 1)"},
      {"\n [tru]", "Unrecognized token 'tru': was expecting " + values + " (line 2, column 3)"},
      {"NaN", "Unrecognized token 'NaN': was expecting " + values + " (line 1, column 1)"},
      {"-Infinity",
       "Unexpected character ('I' (code 73)): expected digit (0-9) to follow minus sign, for "
       "valid numeric value (line 1, column 2)"},
      {"'a'", "Unexpected character (''' (code 39)): expected a valid value " + values +
                  " (line 1, column 1)"},
      {"[1,]", "Unexpected character (']' (code 93)): expected a valid value " + values +
                   " (line 1, column 4)"},
      {"[1 2]",
       "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries "
       "(line 1, column 4)"},
      {"[1}",
       "Unexpected character ('}' (code 125)): was expecting comma to separate Array entries "
       "(line 1, column 3)"},
      {R"({"a":1 "b"})",
       "Unexpected character ('\"' (code 34)): was expecting comma to separate Object "
       "entries (line 1, column 8)"},
      {R"({"a" 1})",
       "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and "
       "value (line 1, column 6)"},
      {R"({"a":1,})",
       "Unexpected character ('}' (code 125)): was expecting double-quote to start field name "
       "(line 1, column 8)"},
      {"{a:1}",
       "Unexpected character ('a' (code 97)): was expecting double-quote to start field name "
       "(line 1, column 2)"},
      {"{",
       "Unexpected end-of-input: was expecting double-quote to start field name (line 1, column "
       "2)"},
      {"[1",
       "Unexpected end-of-input: was expecting comma to separate Array entries (line 1, column 3)"},
      {"\"a",
       "Unexpected end-of-input: was expecting closing quote for a string value (line 1, column "
       "3)"},
      {"\"a\nb\"",
       "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be "
       "included in string value (line 1, column 3)"},
      {R"("\x")",
       "Unexpected character ('x' (code 120)): unrecognized character escape (line 1, column 3)"},
      {R"("\u00g0")",
       "Unexpected character ('g' (code 103)): expected a hex-digit for character escape "
       "sequence (line 1, column 6)"},
      {R"("\)", "Unexpected end-of-input in character escape sequence (line 1, column 3)"},
      {"01", "Invalid numeric value: Leading zeroes not allowed (line 1, column 2)"},
      {"1.", "Unexpected end-of-input: Decimal point not followed by a digit (line 1, column 3)"},
      {"1.e5",
       "Unexpected character ('e' (code 101)): Decimal point not followed by a digit (line 1, "
       "column 3)"},
      {"1e+",
       "Unexpected end-of-input: Exponent indicator not followed by a digit (line 1, column 4)"},
      {"{} {}",
       "Unexpected character ('{' (code 123)): expected the end of the document (line 1, column "
       "4)"},
      {"1a",
       "Unexpected character ('a' (code 97)): expected the end of the document (line 1, column 2)"},
      {"²", "Unexpected character ('²' (code 178)): expected a valid value " + values +
                " (line 1, column 1)"},
      {"😀", "Unexpected character ('😀' (code 128512)): expected a valid value " + values +
                 " (line 1, column 1)"},
      {std::string(1, '\0'), "Illegal character ((CTRL-CHAR, code 0)): expected a valid value " +
                                 values + " (line 1, column 1)"},
      {"\"\xff\"", "Invalid UTF-8 byte 0xff (line 1, column 2)"},
      {"\"\xe2\x82x\"", "Invalid UTF-8 byte 0x82 (line 1, column 3)"},
      {"\"\xed\xa0\x80\"", "Invalid UTF-8 byte 0xed (line 1, column 2)"},
      {"\xef\xbb\xbf{}",
       "Unexpected character ('\xef\xbb\xbf' (code 65279)): expected a valid value " + values +
           " (line 1, column 1)"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(mistake(text), expected) << text;
}

TEST(CheckJson, LimitsTheDepth) {
  EXPECT_EQ(mistake(repeated("[", 1'000) + repeated("]", 1'000)), "");
  EXPECT_EQ(mistake(repeated("{\"a\":", 999) + "[]" + repeated("}", 999)), "");
  EXPECT_EQ(
      mistake(repeated("[", 1'001) + repeated("]", 1'001)),
      "Document nesting depth (1001) exceeds the maximum allowed (1000) (line 1, column 1001)");
  EXPECT_THAT(mistake(repeated("[{\"a\":", 4'000'000)), testing::HasSubstr("nesting depth"));
  // Objects and arrays in turn, so that each level must be remembered.
  EXPECT_EQ(mistake(repeated("[{\"a\":", 500) + "0" + repeated("}]", 500)), "");
  EXPECT_NE(mistake(repeated("[{\"a\":", 400) + "0" + repeated("]}", 400)), "");
}

TEST(JsonReader, GivesTheMembersOfAnObject) {
  JsonReader reader(R"( {"a" : 1.0, "b":[1, {"c":2}] ,"\u0063":"x"} )");
  std::vector<std::string> seen;
  ASSERT_TRUE(reader.open_object());
  while (reader.next_key()) {
    seen.emplace_back(reader.key());
    seen.emplace_back(reader.value());
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_THAT(seen, testing::ElementsAre("a", "1.0", "b", "[1, {\"c\":2}]", "\\u0063", "\"x\""));
}

TEST(JsonReader, GivesTheElementsOfAnArray) {
  JsonReader reader("[ 1,[2 ] , \"]\"]");
  std::vector<std::string> seen;
  ASSERT_FALSE(reader.open_object());
  ASSERT_TRUE(reader.open_array());
  while (reader.next_element()) seen.emplace_back(reader.value());
  EXPECT_TRUE(reader.finish());
  EXPECT_THAT(seen, testing::ElementsAre("1", "[2 ]", "\"]\""));
}

TEST(JsonReader, KeepsTheKeyWhileItReadsTheValue) {
  JsonReader reader(R"({"a":{"b":{"c":1}}})");
  ASSERT_TRUE(reader.open_object());
  ASSERT_TRUE(reader.next_key());
  EXPECT_EQ(reader.value(), R"({"b":{"c":1}})");
  EXPECT_EQ(reader.key(), "a");
}

TEST(JsonReader, OpensNestedLevels) {
  JsonReader reader(R"({"a":{},"b":[{"c":[]}]})");
  ASSERT_TRUE(reader.open_object());
  ASSERT_TRUE(reader.next_key());
  ASSERT_TRUE(reader.open_object());
  EXPECT_FALSE(reader.next_key());
  ASSERT_TRUE(reader.next_key());
  EXPECT_EQ(reader.key(), "b");
  ASSERT_TRUE(reader.open_array());
  ASSERT_TRUE(reader.next_element());
  ASSERT_TRUE(reader.open_object());
  ASSERT_TRUE(reader.next_key());
  EXPECT_EQ(reader.value(), "[]");
  EXPECT_FALSE(reader.next_key());
  EXPECT_FALSE(reader.next_element());
  EXPECT_FALSE(reader.next_key());
  EXPECT_TRUE(reader.finish());
}

TEST(JsonReader, GivesNothingMoreAfterAMistake) {
  JsonReader reader(R"({"a":x,"b":1})");
  ASSERT_TRUE(reader.open_object());
  ASSERT_TRUE(reader.next_key());
  EXPECT_EQ(reader.value(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.next_key());
  EXPECT_EQ(reader.value(), "");
  EXPECT_EQ(reader.peek(), '\0');
  EXPECT_FALSE(reader.finish());
  EXPECT_THAT(reader.error(), testing::StartsWith("Unrecognized token 'x'"));
}

}  // namespace
}  // namespace smyth::front
