#include "front/json_reader.h"

#include "front/ascii.h"
#include "front/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smyth::front {
namespace {

constexpr std::string_view valid_values =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

bool is_word(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '$';
}

std::uint32_t code_point(const char* at, std::size_t length) {
  const auto byte = [at](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i]));
  };
  if (length == 1) return byte(0);
  std::uint32_t code = byte(0) & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3f);
  return code;
}

}  // namespace

JsonReader::JsonReader(std::string_view text)
    : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

// --- Walking -------------------------------------------------------------------------------------

char JsonReader::peek() {
  if (!ok()) return '\0';
  skip_blanks();
  return at_ == end_ ? '\0' : *at_;
}

bool JsonReader::open_object() { return open('{'); }
bool JsonReader::open_array() { return open('['); }

bool JsonReader::open(char bracket) {
  if (peek() != bracket) return false;
  ++at_;
  ++depth_;
  is_first_ = true;
  return true;
}

bool JsonReader::next_key() {
  if (!ok()) return false;
  const char c = peek();
  if (c == '}') {
    ++at_;
    --depth_;
    is_first_ = false;
    return false;
  }
  if (!std::exchange(is_first_, false)) {
    if (c != ',') return fail_at_character("was expecting comma to separate Object entries");
    ++at_;
    skip_blanks();
  }
  return read_key();
}

bool JsonReader::next_element() {
  if (!ok()) return false;
  const char c = peek();
  if (c == ']') {
    ++at_;
    --depth_;
    is_first_ = false;
    return false;
  }
  if (!std::exchange(is_first_, false)) {
    if (c != ',') return fail_at_character("was expecting comma to separate Array entries");
    ++at_;
  }
  return true;
}

std::string_view JsonReader::value() {
  if (!ok()) return {};
  skip_blanks();
  const char* const from = at_;
  const std::string_view key = key_;
  const bool is_whole = skip_value();
  key_ = key;  // Those within the value are nobody's business.
  if (!is_whole) return {};
  return {from, static_cast<std::size_t>(at_ - from)};
}

bool JsonReader::finish() {
  if (!ok()) return false;
  skip_blanks();
  if (at_ != end_) return fail_at_character("expected the end of the document");
  return true;
}

// --- Passing values ------------------------------------------------------------------------------

void JsonReader::skip_blanks() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

bool JsonReader::skip_value() {
  Levels is_object;
  std::uint32_t depth = 0;
  const auto inside_object = [&] {
    return (is_object[(depth - 1) / 64] >> ((depth - 1) % 64) & 1) != 0;
  };
  for (;;) {
    const char c = at_ == end_ ? '\0' : *at_;
    if (c == '{' || c == '[') {
      if (depth_ + depth == depth_max) {
        return fail(fmt::format("Document nesting depth ({}) exceeds the maximum allowed ({})",
                                depth_max + 1, depth_max));
      }
      ++at_;
      const std::uint64_t bit = std::uint64_t{1} << (depth % 64);
      std::uint64_t& word = is_object[depth / 64];
      if (depth % 64 == 0) word = 0;
      word = c == '{' ? word | bit : word & ~bit;
      ++depth;
      skip_blanks();
      if (at_ == end_ || *at_ != (c == '{' ? '}' : ']')) {
        if (c == '{' && !read_key()) return false;
        continue;
      }
      ++at_;
      --depth;
    } else if (!skip_scalar()) {
      return false;
    }
    // A value has ended; so may the levels around it.
    for (;; ++at_, --depth) {
      if (depth == 0) return true;
      skip_blanks();
      const bool is_key_next = inside_object();
      if (at_ != end_ && *at_ == ',') {
        ++at_;
        skip_blanks();
        if (is_key_next && !read_key()) return false;
        break;
      }
      if (at_ == end_ || *at_ != (is_key_next ? '}' : ']')) {
        return fail_at_character(is_key_next ? "was expecting comma to separate Object entries"
                                             : "was expecting comma to separate Array entries");
      }
    }
  }
}

// A key with its colon, up to the value.
bool JsonReader::read_key() {
  if (at_ == end_ || *at_ != '"') {
    return fail_at_character("was expecting double-quote to start field name");
  }
  const char* const from = at_ + 1;
  if (!skip_string()) return false;
  key_ = {from, static_cast<std::size_t>(at_ - 1 - from)};
  skip_blanks();
  if (at_ == end_ || *at_ != ':') {
    return fail_at_character("was expecting a colon to separate field name and value");
  }
  ++at_;
  skip_blanks();
  return true;
}

bool JsonReader::skip_scalar() {
  const char c = at_ == end_ ? '\0' : *at_;
  if (c == '"') return skip_string();
  if (is_digit(c) || c == '-') return skip_number();
  if (is_word(c)) return skip_word();
  return fail_at_character(fmt::format("expected a valid value {}", valid_values));
}

bool JsonReader::skip_string() {
  ++at_;
  for (;;) {
    at_ = plain_end(at_, end_);
    if (at_ == end_) {
      return fail("Unexpected end-of-input: was expecting closing quote for a string value");
    }
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == '"') {
      ++at_;
      return true;
    }
    if (byte == '\\') {
      if (!skip_escape()) return false;
    } else if (byte >= 0x80) {
      const Utf8Step step = utf8_step(at_, end_);
      if (!step.is_valid) return fail_at_utf8();
      at_ += step.length;
    } else {
      return fail(
          fmt::format("Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped "
                      "using backslash to be included in string value",
                      static_cast<unsigned>(byte)));
    }
  }
}

bool JsonReader::skip_escape() {
  ++at_;
  if (at_ == end_) return fail("Unexpected end-of-input in character escape sequence");
  if (*at_ == 'u') {
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return fail("Unexpected end-of-input in character escape sequence");
      if (!is_hex(*at_)) {
        return fail_at_character("expected a hex-digit for character escape sequence");
      }
    }
    return true;
  }
  if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
    return fail_at_character("unrecognized character escape");
  }
  ++at_;
  return true;
}

bool JsonReader::skip_number() {
  if (*at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
    if (at_ != end_ && is_digit(*at_)) {
      return fail("Invalid numeric value: Leading zeroes not allowed");
    }
  } else if (!skip_digits("expected digit (0-9) to follow minus sign, for valid numeric value")) {
    return false;
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!skip_digits("Decimal point not followed by a digit")) return false;
  }
  if (at_ != end_ && (*at_ | 0x20) == 'e') {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!skip_digits("Exponent indicator not followed by a digit")) return false;
  }
  return true;
}

bool JsonReader::skip_digits(std::string_view otherwise) {
  if (at_ == end_ || !is_digit(*at_)) return fail_at_character(otherwise);
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return true;
}

bool JsonReader::skip_word() {
  const char* const word_end = std::find_if_not(at_, end_, is_word);
  const std::string_view word(at_, static_cast<std::size_t>(word_end - at_));
  if (word != "true" && word != "false" && word != "null") {
    return fail(fmt::format("Unrecognized token '{}': was expecting {}", word.substr(0, 256),
                            valid_values));
  }
  at_ = word_end;
  return true;
}

// --- Mistakes ------------------------------------------------------------------------------------

bool JsonReader::fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
  return false;
}

bool JsonReader::fail_at_character(std::string_view expected) {
  if (at_ == end_) return fail(fmt::format("Unexpected end-of-input: {}", expected));
  const auto byte = static_cast<unsigned char>(*at_);
  if (byte < 0x20) {
    return fail(fmt::format("Illegal character ((CTRL-CHAR, code {})): {}",
                            static_cast<unsigned>(byte), expected));
  }
  std::size_t length = 1;
  if (byte >= 0x80) {
    const Utf8Step step = utf8_step(at_, end_);
    if (!step.is_valid) return fail_at_utf8();
    length = step.length;
  }
  return fail(fmt::format("Unexpected character ('{}' (code {})): {}",
                          std::string_view(at_, length), code_point(at_, length), expected));
}

bool JsonReader::fail_at_utf8() {
  const std::size_t whole = utf8_step(at_, end_).length;
  if (whole > 1) at_ += whole - 1;
  return fail(fmt::format("Invalid UTF-8 byte 0x{:02x}", static_cast<unsigned char>(*at_)));
}

std::string JsonReader::error() const {
  const std::string_view read(begin_, static_cast<std::size_t>(at_ - begin_));
  const auto lines = std::count(read.begin(), read.end(), '\n');
  const std::size_t line_start = read.rfind('\n') + 1;  // npos + 1 is 0.
  return fmt::format("{} (line {}, column {})", error_, lines + 1, read.size() - line_start + 1);
}

}  // namespace smyth::front
