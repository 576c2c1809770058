#include "simulate/json_writer.h"

#include "base/check.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

namespace smyth::simulate {
namespace {

// How many bytes the character at the beginning has in UTF-8; 0: it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first <= 0xdf ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Longer than need be, surrogates, beyond the last character.
  const bool is_wrong =
      length > 2 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                     (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f));
  return is_wrong ? 0 : length;
}

}  // namespace

std::string exact_seconds(sim::Total nanoseconds) {
  constexpr std::uint64_t second = 1'000'000'000;
  const auto whole = static_cast<std::uint64_t>(nanoseconds / second);
  std::string text =
      fmt::format("{}.{:09}", whole, static_cast<std::uint64_t>(nanoseconds % second));
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

JsonWriter& JsonWriter::open(char bracket, Layout layout) {
  separate();
  text_ += bracket;
  const bool is_within_line = !levels_.empty() && levels_.back().layout == Layout::line;
  levels_.push_back(
      {bracket == '{' ? '}' : ']', is_within_line ? Layout::line : layout, /*is_empty=*/true});
  return *this;
}

JsonWriter& JsonWriter::end() {
  SMYTH_CHECK(!levels_.empty());
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::lines && !level.is_empty) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  }
  text_ += level.close;
  if (levels_.empty()) text_ += '\n';
  return *this;
}

JsonWriter& JsonWriter::member(std::string_view name) {
  separate();
  append_string(name);
  text_ += ": ";
  after_name_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_string(value);
  return *this;
}

JsonWriter& JsonWriter::count(std::uint64_t value) { return raw(std::to_string(value)); }

JsonWriter& JsonWriter::number(double value) {
  return raw(std::isfinite(value) ? fmt::format("{:.12g}", value) : "null");
}

JsonWriter& JsonWriter::seconds(sim::Total nanoseconds) { return raw(exact_seconds(nanoseconds)); }

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

std::string JsonWriter::take() { return std::exchange(text_, {}); }

JsonWriter& JsonWriter::raw(std::string_view value) {
  separate();
  text_ += value;
  return *this;
}

// Before a value or a name: what parts it from the one before.
void JsonWriter::separate() {
  if (std::exchange(after_name_, false) || levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.is_empty) text_ += ',';
  if (level.layout == Layout::lines) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  } else if (!level.is_empty) {
    text_ += ' ';
  }
  level.is_empty = false;
}

void JsonWriter::append_string(std::string_view value) {
  text_ += '"';
  while (!value.empty()) {
    const auto byte = static_cast<unsigned char>(value[0]);
    const std::size_t length = utf8_length(value);
    if (byte == '"' || byte == '\\') {
      text_ += '\\';
      text_ += value[0];
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(text_), "\\u{:04x}", byte);
    } else if (length == 0) {
      text_ += "\uFFFD";
    } else {
      text_ += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

}  // namespace smyth::simulate
