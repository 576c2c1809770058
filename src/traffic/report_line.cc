#include "traffic/report_line.h"

#include "traffic/number.h"
#include "traffic/row.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace smyth::traffic {
namespace {

namespace json = boost::json;

constexpr std::string_view report_begin = "REPORT RequestId:";
constexpr std::int64_t milliseconds = 1'000'000;
constexpr std::string_view separators = " \t,\"|";

// Where the value of a label begins; npos if it has none. `Duration` is not in `Init Duration`.
std::size_t value_of(std::string_view text, std::string_view label) {
  constexpr std::array<std::string_view, 3> kinds = {"Billed ", "Init ", "Restore "};
  const bool is_plain = label == "Duration: ";
  for (std::size_t at = text.find(label); at != std::string_view::npos;
       at = text.find(label, at + 1)) {
    const std::string_view before = text.substr(0, at);
    const bool is_kind =
        std::ranges::any_of(kinds, [&](auto kind) { return before.ends_with(kind); });
    if (!is_plain && before.ends_with("Billed ")) continue;
    if (!is_plain || !is_kind) return at + label.size();
  }
  return std::string_view::npos;
}

// A value of the line; nullopt if the label is not there.
Result<std::optional<std::int64_t>> number_of(std::string_view text, std::string_view label,
                                              std::int64_t unit, std::int64_t max,
                                              const TextFile& file, std::size_t column) {
  const std::size_t at = value_of(text, label);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(text.find_first_not_of("0123456789.+-eE", at), text.size());
  const std::string_view value = text.substr(at, end - at);
  const auto read = scaled(value, unit, max);
  if (read) return *read;
  return file.malformed(column + at, fmt::format("`{}` is no value of `{}`", shown(value),
                                                 label.substr(0, label.size() - 2)));
}

// `text` begins with the report; `column` is where.
Result<Report> read_text(std::string_view text, const TextFile& file, std::size_t column) {
  const auto length = [&](std::string_view label) {
    return number_of(text, label, milliseconds, RowReader::length_max.count(), file, column);
  };
  Report report;
  const auto duration = length("Duration: ");
  if (!duration) return std::unexpected(duration.error());
  if (!duration->has_value()) {
    return file.malformed(column, "a REPORT line has no `Duration`", "is the line cut off?");
  }
  report.duration = Duration(duration->value_or(0));
  for (const char* label : {"Init Duration: ", "Restore Duration: "}) {
    const auto init = length(label);
    if (!init) return std::unexpected(init.error());
    report.init = Duration(init->value_or(report.init.count()));
  }
  const auto memory = number_of(text, "Memory Size: ", 1, RowReader::memory_mib_max, file, column);
  if (!memory) return std::unexpected(memory.error());
  report.memory_mib = static_cast<std::uint32_t>(memory->value_or(0));
  return report;
}

const json::value* member(const json::value* object, std::string_view name) {
  return object && object->is_object() ? object->get_object().if_contains(name) : nullptr;
}

std::optional<double> number(const json::value* value) {
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

Result<Report> read_json(std::string_view text, const TextFile& file, std::size_t column) {
  boost::system::error_code error;
  json::stream_parser parser;
  const std::size_t taken = parser.write_some(text.data(), text.size(), error);
  if (!error && taken > 0) parser.finish(error);
  if (error) return file.malformed(column, "a platform.report is no JSON");
  const json::value event = parser.release();
  const json::value* metrics = member(member(&event, "record"), "metrics");
  const auto length = [&](std::string_view name) -> std::optional<Duration> {
    const std::optional<double> value = number(member(metrics, name));
    const double max = static_cast<double>(RowReader::length_max.count());
    if (!value || *value < 0 || *value * milliseconds > max) return std::nullopt;
    return Duration(std::llround(*value * milliseconds));
  };
  Report report;
  const std::optional<Duration> duration = length("durationMs");
  if (!duration) return file.malformed(column, "a platform.report has no `durationMs`");
  report.duration = *duration;
  for (const char* name : {"initDurationMs", "restoreDurationMs"}) {
    if (const auto init = length(name)) report.init = *init;
  }
  const double memory = number(member(metrics, "memorySizeMB")).value_or(0);
  if (memory >= 0 && memory <= RowReader::memory_mib_max) {
    report.memory_mib = static_cast<std::uint32_t>(memory);
  }
  const json::value* time = member(&event, "time");
  if (time && time->is_string()) report.ended = log_time(time->get_string());
  return report;
}

// Time and log stream, in this order, before the report.
void read_prefix(std::string_view prefix, Report& report) {
  const auto skip = [&prefix](std::string_view characters) {
    prefix.remove_prefix(std::min(prefix.find_first_not_of(characters), prefix.size()));
  };
  skip(separators);
  if (const std::optional<Date> date = date_at_start(prefix)) {
    report.ended = date->since_1970;
    prefix.remove_prefix(date->length);
  } else {
    const std::string_view word = prefix.substr(0, prefix.find_first_of(separators));
    if (const auto time = log_time(word)) {
      report.ended = *time;
      prefix.remove_prefix(word.size());
    }
  }
  const std::size_t last = prefix.find_last_not_of(separators);
  if (last == std::string_view::npos) return;
  prefix = prefix.substr(0, last + 1);
  const std::size_t cut = prefix.find_last_of(separators);
  report.log_stream = cut == std::string_view::npos ? prefix : prefix.substr(cut + 1);
}

}  // namespace

std::optional<Duration> log_time(std::string_view text) {
  if (const std::optional<Date> date = date_at_start(text)) {
    return date->length == text.size() ? std::optional(date->since_1970) : std::nullopt;
  }
  // 13 digits: from 2001 to 2286.
  if (text.size() != 13) return std::nullopt;
  const auto read = scaled(text, milliseconds, std::numeric_limits<std::int64_t>::max());
  return read ? std::optional(Duration(*read)) : std::nullopt;
}

Result<std::optional<Report>> report_in(std::string_view line, const TextFile& file,
                                        std::size_t at) {
  std::size_t begin = line.find(report_begin);
  const bool is_text = begin != std::string_view::npos;
  if (!is_text) {
    if (line.find("platform.report") == std::string_view::npos) return std::nullopt;
    begin = line.find('{');
    if (begin == std::string_view::npos) return std::nullopt;
  }
  const std::string_view text = line.substr(begin);
  auto report = is_text ? read_text(text, file, at + begin) : read_json(text, file, at + begin);
  if (!report) return std::unexpected(std::move(report.error()));
  read_prefix(line.substr(0, begin), *report);
  return *std::move(report);
}

}  // namespace smyth::traffic
