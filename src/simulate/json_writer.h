#pragma once

#include "sim/tally.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::simulate {

// Writes a JSON document from its beginning to its end. The same calls give the same bytes.
//
//   JsonWriter json;
//   json.object().member("calls").count(7).member("names").array().text("a").end().end();
//   json.take();
class JsonWriter {
 public:
  // On lines of their own, or what is in it on one line.
  enum class Layout : std::uint8_t { lines, line };

  JsonWriter& object(Layout layout = Layout::lines) { return open('{', layout); }
  JsonWriter& array(Layout layout = Layout::lines) { return open('[', layout); }
  JsonWriter& end();  // Of the object or the array that was begun last.
  JsonWriter& member(std::string_view name);

  JsonWriter& text(std::string_view value);  // Bytes that are no UTF-8 become U+FFFD.
  JsonWriter& count(std::uint64_t value);
  JsonWriter& number(double value);             // To twelve digits; what is not finite is null.
  JsonWriter& seconds(sim::Total nanoseconds);  // Exactly.
  JsonWriter& boolean(bool value);

  // What was written since the last take(): a long document is handed on part by part.
  std::string take();

 private:
  struct Level {
    char close;
    Layout layout;
    bool is_empty;
  };

  JsonWriter& open(char bracket, Layout layout);
  JsonWriter& raw(std::string_view value);
  void separate();
  void append_string(std::string_view value);

  std::string text_;
  std::vector<Level> levels_;
  bool after_name_ = false;
};

// Nanoseconds as seconds, exactly: "12.5", "60".
std::string exact_seconds(sim::Total nanoseconds);

}  // namespace smyth::simulate
