#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The platform's lines of a function's log, as Lambda writes them in the text format.
namespace smyth::observe {

std::string start_line(std::string_view request_id);
std::string end_line(std::string_view request_id);

struct ReportLine {
  std::string_view request_id;
  Duration duration{0};
  std::optional<Duration> init;  // On a cold start.
  std::uint32_t memory_size_mib = 128;
  std::uint32_t max_memory_used_mib = 0;
  std::string_view status;      // "timeout", "error", or empty.
  std::string_view error_type;  // With "error": "Runtime.ExitError".
};
std::string report_line(const ReportLine& report);

// The last bytes of a text that only grows: what `LogType=Tail` returns.
class Tail {
 public:
  static constexpr std::size_t bytes_max = 4'096;

  void add(std::string_view line);  // With its end of line.
  std::string_view text() const;
  void clear() { text_.clear(); }

 private:
  std::string text_;
};

}  // namespace smyth::observe
