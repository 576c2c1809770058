#include "traffic/report_table.h"

#include "traffic/number.h"
#include "traffic/row.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace smyth::traffic {

std::optional<ReportTable::Part> ReportTable::part_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Part>, 12> known = {{
      {"@timestamp", Part::time},
      {"timestamp", Part::time},
      {"@message", Part::message},
      {"message", Part::message},
      {"@logStream", Part::log_stream},
      {"logStreamName", Part::log_stream},
      {"log_stream", Part::log_stream},
      {"@log", Part::log_group},
      {"logGroup", Part::log_group},
      {"@duration", Part::duration},
      {"@initDuration", Part::init},
      {"@memorySize", Part::memory},
  }};
  for (const auto& [word, part] : known) {
    if (word == name) return part;
  }
  return std::nullopt;
}

bool ReportTable::is_header(std::string_view line) {
  const bool has_time = line.find("timestamp") != std::string_view::npos;
  const bool has_report = line.find("message") != std::string_view::npos ||
                          line.find("@duration") != std::string_view::npos;
  return has_time && has_report && line.find(',') != std::string_view::npos &&
         line.find_first_of(":{") == std::string_view::npos;
}

Result<ReportTable> ReportTable::begin(TextFile file) {
  ReportTable table(std::move(file));
  const auto cells = table.csv_.next();
  if (!cells) return std::unexpected(cells.error());
  table.columns_ = cells->size();
  for (std::size_t i = 0; i < cells->size(); ++i) {
    const auto part = part_named((*cells)[i].text);
    if (part) table.column_of_[static_cast<std::size_t>(*part)] = i;
  }
  const auto has = [&table](Part part) {
    return table.column_of_[static_cast<std::size_t>(part)].has_value();
  };
  if (!has(Part::time) || (!has(Part::message) && !has(Part::duration))) {
    return table.file().malformed(1, "there is no column for the time and the message",
                                  "a query such as `fields @timestamp, @message, @logStream`");
  }
  return table;
}

std::string_view ReportTable::text(std::span<const Cell> cells, Part part) const {
  const auto column = column_of_[static_cast<std::size_t>(part)];
  return column ? cells[*column].text : std::string_view{};
}

Result<std::optional<std::int64_t>> ReportTable::number(std::span<const Cell> cells, Part part,
                                                        std::int64_t unit, std::int64_t max) const {
  const auto column = column_of_[static_cast<std::size_t>(part)];
  if (!column || cells[*column].text.empty()) return std::nullopt;
  const Cell& cell = cells[*column];
  const auto read = scaled(cell.text, unit, max);
  if (read) return *read;
  return file().malformed(cell.column, fmt::format("`{}` is no number", shown(cell.text)));
}

Result<std::optional<LoggedReport>> ReportTable::next() {
  for (;;) {
    const auto cells = csv_.next();
    if (!cells) return std::unexpected(cells.error());
    if (cells->empty()) return std::nullopt;
    if (cells->size() != columns_) {
      return file().malformed(
          cells->back().column,
          fmt::format("there are {} cells in a row and {} columns", cells->size(), columns_));
    }
    auto found = read(*cells);
    if (!found) return std::unexpected(std::move(found.error()));
    std::optional<Report>& report = *found;
    if (!report) continue;
    const Cell& time = (*cells)[column_of_[static_cast<std::size_t>(Part::time)].value_or(0)];
    report->ended = log_time(time.text);
    if (!report->ended) {
      return file().malformed(time.column, fmt::format("`{}` is no time", shown(time.text)));
    }
    report->log_stream = text(*cells, Part::log_stream);
    return LoggedReport{*std::move(report), std::string(text(*cells, Part::log_group))};
  }
}

Result<std::optional<Report>> ReportTable::read(std::span<const Cell> cells) const {
  constexpr std::int64_t length_max = RowReader::length_max.count();
  const auto duration = number(cells, Part::duration, 1'000'000, length_max);
  if (!duration) return std::unexpected(duration.error());
  if (!duration->has_value()) {
    const auto message = column_of_[static_cast<std::size_t>(Part::message)];
    if (!message) return std::nullopt;
    return report_in(cells[*message].text, file(), cells[*message].column);
  }
  const auto init = number(cells, Part::init, 1'000'000, length_max);
  if (!init) return std::unexpected(init.error());
  // Logs Insights has it in bytes, 1,000,000 to Lambda's MB.
  const auto memory = number(cells, Part::memory, 1, RowReader::memory_mib_max * 1'000'000);
  if (!memory) return std::unexpected(memory.error());
  return Report{.duration = Duration(duration->value_or(0)),
                .init = Duration(init->value_or(unsaid.count())),
                .memory_mib = static_cast<std::uint32_t>(memory->value_or(0) / 1'000'000)};
}

}  // namespace smyth::traffic
