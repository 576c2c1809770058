#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smyth::front {

// Reads JSON (RFC 8259, UTF-8) value by value from its text, checking every byte it passes and
// building nothing: a value is the piece of text that it is written in.
//
//   JsonReader reader(text);
//   if (reader.open_object()) {
//     while (reader.next_key()) use(reader.key(), reader.value());
//   }
//   if (!reader.finish()) report(reader.error());
//
// After a mistake every call gives nothing more, and finish() is false. Nesting costs no stack; at
// most `depth_max` levels are read, as AWS's own parser (Jackson) does.
class JsonReader {
 public:
  static constexpr std::uint32_t depth_max = 1'000;

  explicit JsonReader(std::string_view text);

  // The first byte of the value that comes next, '\0' at the end.
  char peek();

  // Enters the object or array that comes next; false if something else comes.
  bool open_object();
  bool open_array();
  // Within an object: reads the next key; false at its end (which is passed).
  bool next_key();
  // Within an array: whether one more element comes; false at its end (which is passed).
  bool next_element();
  // The key as written, without quotes; may hold escapes.
  std::string_view key() const { return key_; }

  // Passes the value that comes next and returns its text; empty after a mistake.
  std::string_view value();

  // Whether all was read, nothing was wrong, and only blanks are left.
  bool finish();

  bool ok() const { return error_.empty(); }
  // What is wrong and where, in Jackson's words, since AWS passes those on.
  std::string error() const;

 private:
  // Whether each open level is an object, one bit a level.
  using Levels = std::array<std::uint64_t, (depth_max + 63) / 64>;

  void skip_blanks();
  bool skip_value();
  bool skip_scalar();
  bool skip_string();
  bool skip_escape();
  bool skip_number();
  bool skip_digits(std::string_view otherwise);
  bool skip_word();
  bool read_key();
  bool open(char bracket);
  bool fail(std::string message);
  bool fail_at_character(std::string_view expected);
  bool fail_at_utf8();

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string_view key_;
  std::uint32_t depth_ = 0;  // Levels that the caller has opened.
  bool is_first_ = false;    // Just opened: no comma is due.
  std::string error_;
};

}  // namespace smyth::front
