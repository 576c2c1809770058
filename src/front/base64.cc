#include "front/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace smyth::front {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::uint8_t i = 0; i < 64; ++i) table[static_cast<unsigned char>(alphabet[i])] = i;
  return table;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t digit_at(std::string_view text, std::size_t at) {
  return digits[static_cast<unsigned char>(text[at])];
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  const std::size_t after = before + (bytes.size() + 2) / 3 * 4;
  out.resize_and_overwrite(after, [&](char* text, std::size_t /*room*/) {
    char* to = text + before;
    std::size_t at = 0;
    const auto put = [&to](std::uint32_t group, int shift) {
      *to++ = alphabet[group >> shift & 63];
    };
    for (; bytes.size() - at >= 3; at += 3) {
      const std::uint32_t group =
          byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
      put(group, 18);
      put(group, 12);
      put(group, 6);
      put(group, 0);
    }
    if (const std::size_t left = bytes.size() - at; left > 0) {
      const std::uint32_t group =
          byte_at(bytes, at) << 16 | (left == 2 ? byte_at(bytes, at + 1) << 8 : 0);
      put(group, 18);
      put(group, 12);
      if (left == 2) put(group, 6);
      while (to != text + after) *to++ = '=';
    }
    return after;  // libstdc++ 12 gives the room there is, which may be more.
  });
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  int bits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::uint32_t digit = digit_at(text, at);
    if (digit == no_digit) return std::nullopt;
    group = group << 6 | digit;
    bits += 6;
    if (bits == 24) {
      const char three[] = {static_cast<char>(group >> 16), static_cast<char>(group >> 8),
                            static_cast<char>(group)};
      bytes.append(three, sizeof three);
      group = 0;
      bits = 0;
    }
  }
  if (bits == 18) {
    bytes += static_cast<char>(group >> 10);
    bytes += static_cast<char>(group >> 2);
  } else if (bits == 12) {
    bytes += static_cast<char>(group >> 4);
  }
  return bytes;
}

}  // namespace smyth::front
