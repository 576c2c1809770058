#include "front/json_text.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace smyth::front {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

constexpr std::uint64_t each(unsigned char byte) { return 0x0101010101010101u * byte; }
constexpr std::uint64_t high_bits = each(0x80);

static_assert(std::endian::native == std::endian::little, "plain_end counts from the low byte");

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

bool is_in(char c, unsigned char low, unsigned char high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

// How a character begins: its length, and what its second byte may be.
struct Lead {
  std::uint8_t length = 0;  // 0: no character begins so.
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {.length = 2};
  if (byte == 0xe0) return {.length = 3, .low = 0xa0};   // Else overlong.
  if (byte == 0xed) return {.length = 3, .high = 0x9f};  // Else a surrogate.
  if (byte >= 0xe1 && byte <= 0xef) return {.length = 3};
  if (byte == 0xf0) return {.length = 4, .low = 0x90};
  if (byte >= 0xf1 && byte <= 0xf3) return {.length = 4};
  if (byte == 0xf4) return {.length = 4, .high = 0x8f};  // Else beyond U+10FFFF.
  return {};
}

constexpr std::array<char, 256> short_escapes = [] {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (const char letter = short_escapes[byte]) {
    const char escape[] = {'\\', letter};
    out.append(escape, sizeof escape);
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
  out.append(escape, sizeof escape);
}

std::uint32_t hex4(const char* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value = value * 16 + digit;
  }
  return value;
}

void append_code_point(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// Decodes the `\uXXXX` at `at`, with the second half of a pair; returns where it ends.
const char* append_unicode_escape(std::string& out, const char* at, const char* end) {
  const std::uint32_t unit = hex4(at + 2);
  at += 6;
  if (unit < 0xd800 || unit > 0xdfff) {
    append_code_point(out, unit);
    return at;
  }
  if (unit < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const std::uint32_t low = hex4(at + 2);
    if (low >= 0xdc00 && low <= 0xdfff) {
      append_code_point(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
      return at + 6;
    }
  }
  out += replacement;
  return at;
}

}  // namespace

// Eight bytes at a time. A byte above the first hit may be flagged wrongly (a borrow runs upwards),
// the first one never.
const char* plain_end(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quote = word ^ each('"');
    const std::uint64_t backslash = word ^ each('\\');
    const std::uint64_t hits =
        (word | ((word - each(0x20)) & ~word) | ((quote - each(1)) & ~quote) |
         ((backslash - each(1)) & ~backslash)) &
        high_bits;
    if (hits != 0) return at + std::countr_zero(hits) / 8;
    at += 8;
  }
  while (at != end && is_plain(*at)) ++at;
  return at;
}

Utf8Step utf8_step(const char* at, const char* end) {
  const Lead lead = lead_of(static_cast<unsigned char>(*at));
  if (lead.length == 0 || end - at < 2 || !is_in(at[1], lead.low, lead.high)) return {1, false};
  for (std::size_t i = 2; i < lead.length; ++i) {
    if (static_cast<std::size_t>(end - at) <= i || !is_in(at[i], 0x80, 0xbf)) return {i, false};
  }
  return {lead.length, true};
}

bool is_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if ((word & high_bits) == 0) {
        at += 8;
        continue;
      }
    }
    if (static_cast<unsigned char>(*at) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Step step = utf8_step(at, end);
    if (!step.is_valid) return false;
    at += step.length;
  }
  return true;
}

void append_utf8(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* from = text.data();
  for (const char* at = from; at != end;) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Step step = utf8_step(at, end);
    if (!step.is_valid) {
      out.append(from, at).append(replacement);
      from = at + step.length;
    }
    at += step.length;
  }
  out.append(from, end);
}

void append_json_text(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* from = text.data();  // Of what is to be appended as it is.
  for (const char* at = plain_end(from, end); at != end; at = plain_end(at, end)) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      out.append(from, at);
      append_escaped(out, *at++);
      from = at;
      continue;
    }
    const Utf8Step step = utf8_step(at, end);
    if (!step.is_valid) {
      out.append(from, at).append(replacement);
      from = at + step.length;
    }
    at += step.length;
  }
  out.append(from, end);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_text(out, text);
  out += '"';
}

void append_decoded(std::string& out, std::string_view json_text) {
  const char* at = json_text.data();
  const char* const end = at + json_text.size();
  out.reserve(out.size() + json_text.size());
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    const char* const escape = static_cast<const char*>(std::memchr(at, '\\', left));
    out.append(at, escape ? escape : end);
    if (!escape) return;
    at = escape;
    switch (at[1]) {
      case 'u':
        at = append_unicode_escape(out, at, end);
        continue;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      default:
        out += at[1];
        break;  // The quote, the backslash and the slash.
    }
    at += 2;
  }
}

}  // namespace smyth::front
