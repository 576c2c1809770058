#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace smyth::runtime {

inline constexpr std::size_t line_bytes_max = 64u << 10;

// The output of a process, cut into lines: without their end, in parts where they are longer than
// line_bytes_max, what is no UTF-8 replaced by U+FFFD.
class OutputLines {
 public:
  // Told with each line; the view lives during the call.
  using Tell = std::function<void(std::string_view)>;
  explicit OutputLines(Tell tell) : tell_(std::move(tell)) {}

  void add(std::string_view bytes);
  // What stands without an end is told as a line.
  void flush();

 private:
  void tell(std::string_view line);
  void tell_parts();

  Tell tell_;
  std::string open_;  // The line that has no end yet.
  std::string repaired_;
};

}  // namespace smyth::runtime
