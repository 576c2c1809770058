#pragma once

#include "observe/log_event.h"

#include <optional>
#include <string>
#include <string_view>

// Records of a function's log as lines, in the two formats that Lambda has.
namespace smyth::observe {

// How much of the log is shown: a record's level is at least this.
enum class LogLevel : unsigned char { trace, debug, info, warn, error, fatal };

// By its name as AWS or Python has it, in any case.
std::optional<LogLevel> log_level(std::string_view word);

// What a function's log looks like, and what is in it.
struct LogFormat {
  bool is_json = false;
  // Of the JSON format alone: text is not filtered.
  LogLevel application = LogLevel::info;  // Of what the handler writes.
  LogLevel system = LogLevel::info;       // Of the platform's records: debug, info or warn.

  bool operator==(const LogFormat&) const = default;
};

// Whether the record is in the log at all.
bool is_in_log(const LogEvent& event, const LogFormat& format);

// Appends the record as the line or the lines that stand in the log, each with its end.
void append_log_text(std::string& to, const LogEvent& event, const LogFormat& format);

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
