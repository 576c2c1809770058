#include "traffic/rates.h"

#include "traffic/csv.h"
#include "traffic/number.h"
#include "traffic/row.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace smyth::traffic {
namespace {

constexpr double rate_max = 1e9;  // A second.
constexpr std::size_t points_max = 1'000'000;

struct Columns {
  std::size_t count = 0;
  std::size_t time = 0;
  std::size_t rate = 0;
  std::int64_t time_unit = 1'000'000'000;
  double rate_unit_seconds = 1;
};

// `t_min`: the unit after a name; the default where there is none.
std::optional<std::int64_t> unit_after(std::string_view text, std::string_view name) {
  if (text == name) return 1'000'000'000;
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('_')) return std::nullopt;
  return unit_of_time(text.substr(name.size() + 1));
}

Result<Columns> read_header(CsvReader& csv) {
  const auto cells = csv.next();
  if (!cells) return std::unexpected(cells.error());
  if (cells->empty()) return csv.file().malformed("there is nothing in the file");
  Columns columns{.count = cells->size()};
  bool has_time = false;
  bool has_rate = false;
  for (std::size_t i = 0; i < cells->size(); ++i) {
    const Cell& cell = (*cells)[i];
    auto time = unit_after(cell.text, "t");
    if (!time) time = unit_after(cell.text, "time");
    const auto rate = cell.text == "rate" ? std::optional<std::int64_t>(1'000'000'000)
                                          : unit_after(cell.text, "rate_per");
    if ((!time && !rate) || (time && has_time) || (rate && has_rate)) {
      return csv.file().malformed(cell.column, fmt::format("unknown column `{}`", shown(cell.text)),
                                  "the columns are `t` and `rate`, or with units as `t_min` and "
                                  "`rate_per_min`");
    }
    if (time) {
      has_time = true;
      columns.time = i;
      columns.time_unit = *time;
    } else {
      has_rate = true;
      columns.rate = i;
      columns.rate_unit_seconds = static_cast<double>(*rate) / 1e9;
    }
  }
  if (has_time && has_rate) return columns;
  return csv.file().malformed(1, has_time ? "there is no column `rate`" : "there is no column `t`");
}

Result<RatePoint> read_point(std::span<const Cell> cells, const Columns& columns,
                             const TextFile& file) {
  const Cell& time = cells[columns.time];
  const auto from = scaled(time.text, columns.time_unit, RowReader::time_max.count());
  if (!from) return file.malformed(time.column, fmt::format("`{}` is no time", shown(time.text)));
  const Cell& rate = cells[columns.rate];
  double value = 0;
  const char* const first = rate.text.data();
  const char* const past = first + rate.text.size();
  const auto [end, error] = std::from_chars(first, past, value);
  const double per_second = value / columns.rate_unit_seconds;
  if (error != std::errc{} || end != past || !(per_second >= 0 && per_second <= rate_max)) {
    return file.malformed(rate.column, fmt::format("`{}` is no rate", shown(rate.text)),
                          "a rate is a number from 0 to 1,000,000,000 calls a second");
  }
  return RatePoint{TimePoint(Duration(*from)), per_second};
}

}  // namespace

Result<std::vector<RatePoint>> read_rates(TextFile opened) {
  CsvReader csv(std::move(opened));
  const auto columns = read_header(csv);
  if (!columns) return std::unexpected(columns.error());
  std::vector<RatePoint> points;
  for (;;) {
    const auto cells = csv.next();
    if (!cells) return std::unexpected(cells.error());
    if (cells->empty()) break;
    const TextFile& file = csv.file();
    if (cells->size() != columns->count) {
      return file.malformed(
          cells->back().column,
          fmt::format("there are {} cells in a row and {} columns", cells->size(), columns->count));
    }
    auto point = read_point(*cells, *columns, file);
    if (!point) return std::unexpected(std::move(point.error()));
    const std::size_t time_at = (*cells)[columns->time].column;
    if (points.empty() && point->from != TimePoint{}) {
      return file.malformed(time_at, "the first rate does not begin at 0");
    }
    if (!points.empty() && point->from <= points.back().from) {
      return file.malformed(time_at, "time does not go on");
    }
    if (points.size() == points_max)
      return file.malformed(1, "there are more than 1,000,000 rates");
    points.push_back(*point);
  }
  if (points.empty()) return csv.file().malformed("there is no rate in the file");
  return points;
}

Result<std::vector<RatePoint>> read_rates(const std::string& path) {
  auto file = TextFile::open(path);
  if (!file) return std::unexpected(std::move(file.error()));
  return read_rates(*std::move(file));
}

}  // namespace smyth::traffic
