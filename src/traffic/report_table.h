#pragma once

#include "base/result.h"
#include "traffic/csv.h"
#include "traffic/report_line.h"
#include "traffic/text_file.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace smyth::traffic {

// A report, and the log group that it is from, where the file has it.
struct LoggedReport {
  Report report;
  std::string log_group;
};

// Logs as the console of CloudWatch exports them in CSV: columns `timestamp` and `message`, or
// those of a query of Logs Insights (@timestamp, @message, @logStream, @log, or instead of the
// message @duration, @initDuration and @memorySize).
class ReportTable {
 public:
  // Whether a file that begins with this line is such a table.
  static bool is_header(std::string_view line);

  static Result<ReportTable> begin(TextFile file);

  // The next report; nullopt if there are no more.
  Result<std::optional<LoggedReport>> next();

  const TextFile& file() const { return csv_.file(); }

 private:
  enum class Part : std::size_t { time, message, log_stream, log_group, duration, init, memory };
  static constexpr std::size_t parts = 7;

  explicit ReportTable(TextFile file) : csv_(std::move(file)) {}
  static std::optional<Part> part_named(std::string_view name);
  std::string_view text(std::span<const Cell> cells, Part part) const;
  Result<std::optional<Report>> read(std::span<const Cell> cells) const;
  Result<std::optional<std::int64_t>> number(std::span<const Cell> cells, Part part,
                                             std::int64_t unit, std::int64_t max) const;

  CsvReader csv_;
  std::size_t columns_ = 0;
  std::array<std::optional<std::size_t>, parts> column_of_;
};

}  // namespace smyth::traffic
