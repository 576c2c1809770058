#include "front/base64.h"

#include <gtest/gtest.h>

namespace smyth::front {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out = "+";
  append_base64(out, bytes);
  return out.substr(1);
}

TEST(Base64, IsThatOfTheStandard) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff", "+/8="},
  };
  for (const auto& [bytes, text] : table) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, KeepsEveryByteAtEveryPlace) {
  for (std::size_t size = 0; size < 99; ++size) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::string bytes(size, static_cast<char>(byte));
      EXPECT_EQ(decode_base64(encoded(bytes)), bytes);
    }
  }
}

TEST(Base64, TakesMissingPaddingAndNothingElse) {
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Zm8"), "fo");
  for (const char* bad : {"Z", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm9vZ", "Zg==Zg==", "Zm 9v",
                          "Zm9v\n", "Zm-_", "Z=g=", "Zm9\xff"}) {
    EXPECT_FALSE(decode_base64(bad)) << bad;
  }
}

}  // namespace
}  // namespace smyth::front
