#pragma once

#include "base/result.h"
#include "base/time.h"
#include "traffic/call.h"
#include "traffic/text_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::traffic {

// What Lambda's log says of one invocation at its end.
struct Report {
  std::optional<Duration> ended;  // Since 1970, where the text has it.
  std::string log_stream;         // Empty where the text has none: one for each environment.
  Duration duration{0};
  Duration init = unsaid;  // Or SnapStart's restore.
  std::uint32_t memory_mib = 0;
};

// The report that a line of a log holds, as text (REPORT RequestId: ...) or as JSON
// (platform.report), with the time and the log stream that the tools of AWS write before it;
// nullopt if it holds none. `at` is the column of the line's first character.
Result<std::optional<Report>> report_in(std::string_view line, const TextFile& file,
                                        std::size_t at);

// A moment as logs have it: a date, or milliseconds since 1970.
std::optional<Duration> log_time(std::string_view text);

}  // namespace smyth::traffic
