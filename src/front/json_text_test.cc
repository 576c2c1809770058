#include "front/json_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace smyth::front {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

std::string decoded(std::string_view text) {
  std::string out;
  append_decoded(out, text);
  return out;
}

TEST(JsonText, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(escaped(""), "");
  EXPECT_EQ(escaped("plain text / 'quoted' \x7f"), "plain text / 'quoted' \x7f");
  EXPECT_EQ(escaped("\"\\\b\f\n\r\t"), R"(\"\\\b\f\n\r\t)");
  EXPECT_EQ(escaped(std::string_view("\0\x01\x1f", 3)), R"(\u0000\u0001\u001f)");
}

TEST(JsonText, EscapesAtEveryPlaceOfAWord) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'"', '\\', '\n', '\x1f', '\0'}) {
        std::string text(size, 'a');
        text[at] = c;
        const std::string before(at, 'a');
        const std::string after(size - at - 1, 'a');
        EXPECT_EQ(escaped(text), before + escaped({&c, 1}) + after) << size << " " << at;
        EXPECT_EQ(decoded(escaped(text)), text);
      }
    }
  }
}

TEST(JsonText, KeepsWhatIsUtf8) {
  for (const char* text : {"é", "€", "😀", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000",
                           "\uffff", "\U00010000", "\U0010ffff", "aé€😀b", "日本語日本語日本語"}) {
    EXPECT_EQ(escaped(text), text);
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

// One U+FFFD for each longest piece of a character, as Python and the Unicode standard (3.9) do it.
TEST(JsonText, ReplacesWhatIsNot) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"\x80", "?"},
      {"\xff\xfe", "??"},
      {"\xc0\xaf", "??"},  // Overlong.
      {"\xe0\x80\xaf", "???"},
      {"\xf0\x80\x80\xaf", "????"},
      {"\xed\xa0\x80", "???"},       // A surrogate.
      {"\xf4\x90\x80\x80", "????"},  // Beyond U+10FFFF.
      {"\xf5\x80", "??"},
      {"\xc3", "?"},  // Cut short, at the end and within.
      {"\xe2\x82", "?"},
      {"\xf0\x9f\x98", "?"},
      {"\xe2\x82x", "?x"},
      {"\xf0\x9f\x98\"", "?\\\""},
      {"\xc3(\xa9", "?(?"},
      {"\xe2\xe2\x82\xac", "?€"},
      {"ab\xc3\xa9\xff\xc3\xa9"
       "cd",
       "abé?écd"},
  };
  for (const auto& [text, expected] : table) {
    std::string want;
    for (const char c : expected) want += c == '?' ? std::string("\ufffd") : std::string(1, c);
    EXPECT_EQ(escaped(text), want);
    std::string copied;
    append_utf8(copied, text);
    EXPECT_EQ(copied.find('"') == std::string::npos ? copied : "\ufffd\\\"", want);
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(is_utf8("sixteen bytes of " + std::string(text)));
  }
}

TEST(JsonText, DecodesEveryCodePoint) {
  for (unsigned code = 0; code < 0x10000; code += code < 0x900 ? 1 : 37) {
    char escape[8];
    std::snprintf(escape, sizeof escape, code % 2 ? "\\u%04x" : "\\u%04X", code);
    const std::string text = decoded(escape);
    EXPECT_TRUE(is_utf8(text)) << escape;
    const std::size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    EXPECT_EQ(text.size(), size) << escape;
    if (code >= 0xd800 && code <= 0xdfff) EXPECT_EQ(text, "\ufffd");
  }
  EXPECT_EQ(decoded(R"(\ud800\udc00\udbff\udfff)"), "\U00010000\U0010ffff");
  EXPECT_EQ(decoded(R"(\ud800\ud800\udc00)"), "\ufffd\U00010000");
  EXPECT_EQ(decoded(R"(\ud800\n\udc00)"), "\ufffd\n\ufffd");
}

}  // namespace
}  // namespace smyth::front
