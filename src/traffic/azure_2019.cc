#include "traffic/azure_2019.h"

#include "traffic/csv.h"
#include "traffic/minutes.h"
#include "traffic/names.h"
#include "traffic/number.h"
#include "traffic/row.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::traffic {
namespace {

constexpr std::uint32_t minutes_max = 9'000;  // Six days; the published files have one.

// Where what is needed stands in the rows of a file. The published files and samples of them
// order their columns in different ways.
struct Header {
  std::size_t columns = 0;
  std::vector<std::size_t> key;  // The hashes that name a function.
  std::size_t function = 0;
  std::optional<std::size_t> average;
  std::vector<std::size_t> minutes;  // The column of each minute, from the first on.
};

// `minute_7` and `7` are the seventh.
std::optional<std::uint32_t> minute_named(std::string_view name) {
  if (name.starts_with("minute_")) name.remove_prefix(7);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc{} && end == name.data() + name.size();
  return is_number && number >= 1 ? std::optional(number) : std::nullopt;
}

Result<Header> read_header(CsvReader& csv) {
  const auto cells = csv.next();
  if (!cells) return std::unexpected(cells.error());
  Header header{.columns = cells->size()};
  std::optional<std::size_t> function;
  std::array<std::optional<std::size_t>, 2> owners;
  for (std::size_t i = 0; i < cells->size(); ++i) {
    const Cell& cell = (*cells)[i];
    if (cell.text == "HashFunction") function = i;
    if (cell.text == "HashApp") owners[0] = i;
    if (cell.text == "HashOwner") owners[1] = i;
    if (cell.text == "Average") header.average = i;
    if (const auto minute = minute_named(cell.text)) {
      if (*minute != header.minutes.size() + 1 || *minute > minutes_max) {
        return csv.file().malformed(
            cell.column, fmt::format("minute {} follows minute {}", *minute, header.minutes.size()),
            "the columns are the minutes from 1 on, at most 9,000");
      }
      header.minutes.push_back(i);
    }
  }
  if (!function) {
    return csv.file().malformed("there is no column `HashFunction`",
                                "the files are of the Azure Functions trace 2019");
  }
  header.function = *function;
  header.key.push_back(*function);
  for (const auto& owner : owners) {
    if (owner) header.key.push_back(*owner);
  }
  return header;
}

// The rows of one of the files, and which function each is of.
class Table {
 public:
  explicit Table(TextFile file) : csv_(std::move(file)) {}

  Result<void> begin() {
    auto header = read_header(csv_);
    if (!header) return std::unexpected(std::move(header.error()));
    header_ = std::move(*header);
    return {};
  }

  // The cells of the next row, none at the end.
  Result<std::span<const Cell>> next() {
    auto cells = csv_.next();
    if (cells && !cells->empty() && cells->size() != header_.columns) {
      return file().malformed(cells->back().column,
                              fmt::format("there are {} cells in a row and {} columns",
                                          cells->size(), header_.columns));
    }
    return cells;
  }

  std::string key_of(std::span<const Cell> cells) const {
    std::string key;
    for (const std::size_t column : header_.key) {
      key += cells[column].text;
      key += '/';
    }
    return key;
  }

  const Header& header() const { return header_; }
  const TextFile& file() const { return csv_.file(); }

 private:
  CsvReader csv_;
  Header header_;
};

// What the durations' file says of a function.
struct Known {
  Duration duration{0};
  bool is_used = false;
};

class Azure2019 final : public CallSource {
 public:
  Result<void> read_durations(TextFile file) {
    Table table(std::move(file));
    if (auto begun = table.begin(); !begun) return begun;
    const std::optional<std::size_t> column = table.header().average;
    if (!column) {
      return table.file().malformed("there is no column `Average`",
                                    "the second file has the durations, the first the calls");
    }
    for (;;) {
      const auto cells = table.next();
      if (!cells) return std::unexpected(cells.error());
      if (cells->empty()) return {};
      const Cell& average = (*cells)[*column];
      const auto read = scaled(average.text, 1'000'000, RowReader::length_max.count());
      if (!read) {
        return table.file().malformed(
            average.column, fmt::format("`{}` is no average duration in ms", shown(average.text)));
      }
      const auto number = numbers_.number(table.key_of(*cells));
      if (!number) return table.file().malformed(1, "there are more than 1,000,000 functions");
      if (*number != known_.size()) {
        return table.file().malformed(1, "the function is there twice");
      }
      known_.push_back({.duration = Duration(*read)});
    }
  }

  Result<void> read_counts(TextFile file) {
    Table table(std::move(file));
    if (auto begun = table.begin(); !begun) return begun;
    if (table.header().minutes.empty()) {
      return table.file().malformed("there is no column `minute_1`",
                                    "the first file has the calls per minute");
    }
    minute_count_ = static_cast<std::uint32_t>(table.header().minutes.size());
    for (;;) {
      const auto cells = table.next();
      if (!cells) return std::unexpected(cells.error());
      if (cells->empty()) break;
      if (auto added = add_function(table, *cells); !added) return added;
    }
    numbers_ = Names(0);
    known_ = {};
    minutes_.rewind();
    return {};
  }

  Result<std::span<const Call>> next_batch() override { return minutes_.next_batch(); }
  std::span<const std::string> functions() const override { return functions_; }
  std::optional<TimePoint> end() const override {
    return TimePoint(Minutes::minute * minute_count_);
  }

 private:
  Result<void> add_function(const Table& table, std::span<const Cell> cells) {
    const auto number = numbers_.number(table.key_of(cells));
    const std::string_view name = cells[table.header().function].text;
    if (!number || *number >= known_.size()) {
      return table.file().malformed(1, fmt::format("there is no duration of `{}`", shown(name)),
                                    "each function needs a row in the second file");
    }
    if (known_[*number].is_used) return table.file().malformed(1, "the function is there twice");
    known_[*number].is_used = true;
    minutes_.add_function(known_[*number].duration);
    functions_.emplace_back(name);
    for (std::uint32_t minute = 0; minute < minute_count_; ++minute) {
      const Cell& cell = cells[table.header().minutes[minute]];
      if (cell.text == "0") continue;
      std::uint32_t calls = 0;
      const char* const first = cell.text.data();
      const char* const past = first + cell.text.size();
      const auto [end, error] = std::from_chars(first, past, calls);
      if (error != std::errc{} || end != past || calls > Minutes::count_max) {
        return table.file().malformed(cell.column,
                                      fmt::format("`{}` is no number of calls", shown(cell.text)),
                                      "at most 100,000,000 a minute");
      }
      if (calls > 0) minutes_.add_count(minute, calls);
    }
    return {};
  }

  Names numbers_{RowReader::functions_max};  // Of the rows of the durations' file.
  std::vector<Known> known_;
  std::vector<std::string> functions_;
  std::uint32_t minute_count_ = 0;
  Minutes minutes_;
};

}  // namespace

Result<std::unique_ptr<CallSource>> read_azure_2019(TextFile calls_per_minute, TextFile durations) {
  auto source = std::make_unique<Azure2019>();
  if (auto read = source->read_durations(std::move(durations)); !read) {
    return std::unexpected(std::move(read.error()));
  }
  if (auto read = source->read_counts(std::move(calls_per_minute)); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return source;
}

Result<std::unique_ptr<CallSource>> open_azure_2019(const std::string& calls_per_minute,
                                                    const std::string& durations) {
  auto calls = TextFile::open(calls_per_minute);
  if (!calls) return std::unexpected(std::move(calls.error()));
  auto lengths = TextFile::open(durations);
  if (!lengths) return std::unexpected(std::move(lengths.error()));
  return read_azure_2019(std::move(*calls), std::move(*lengths));
}

}  // namespace smyth::traffic
