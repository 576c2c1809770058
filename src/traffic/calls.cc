#include "traffic/calls.h"

#include "traffic/column.h"
#include "traffic/csv.h"
#include "traffic/json_object.h"
#include "traffic/row.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smyth::traffic {
namespace {

// Calls that are rows of a file: what fills a batch, whatever the format is.
class RowSource : public CallSource {
 public:
  Result<std::span<const Call>> next_batch() final {
    batch_.clear();
    while (batch_.size() < batch_max) {
      auto read = next_row();
      if (!read) return std::unexpected(std::move(read.error()));
      const std::optional<Call>& call = *read;
      if (!call) break;
      batch_.push_back(*call);
    }
    return std::span<const Call>(batch_);
  }

  std::span<const std::string> functions() const final {
    return rows_.functions().empty() ? std::span<const std::string>(unnamed_) : rows_.functions();
  }

 protected:
  virtual Result<std::optional<Call>> next_row() = 0;

  RowReader rows_;

 private:
  static constexpr std::size_t batch_max = 512;

  std::vector<Call> batch_;
  std::array<std::string, 1> unnamed_;
};

// Each of a call's values has one column.
class ColumnSet {
 public:
  Result<Column> add(std::string_view name, const TextFile& file, std::size_t at) {
    auto column = column_of(name, file, at);
    if (!column) return column;
    bool& has = has_[static_cast<std::size_t>(column->field)];
    if (has && column->field != Field::unused) {
      return file.malformed(at, fmt::format("`{}` is there twice", shown(name)));
    }
    has = true;
    return column;
  }
  bool has(Field field) const { return has_[static_cast<std::size_t>(field)]; }

 private:
  std::array<bool, field_count> has_{};
};

class CsvCalls final : public RowSource {
 public:
  explicit CsvCalls(TextFile file) : csv_(std::move(file)) {}

  Result<void> read_header() {
    const auto cells = csv_.next();
    if (!cells) return std::unexpected(cells.error());
    if (cells->empty()) return csv_.file().malformed("there is nothing in the file");
    ColumnSet known;
    for (const Cell& cell : *cells) {
      const auto column = known.add(cell.text, csv_.file(), cell.column);
      if (!column) return std::unexpected(column.error());
      columns_.push_back(*column);
    }
    if (!known.has(Field::time)) {
      return csv_.file().malformed(1, "there is no column `time`",
                                   "the first line names the columns, such as `time,duration_ms`");
    }
    return {};
  }

 protected:
  Result<std::optional<Call>> next_row() override {
    const auto cells = csv_.next();
    if (!cells) return std::unexpected(cells.error());
    if (cells->empty()) return std::nullopt;
    if (cells->size() != columns_.size()) {
      return csv_.file().malformed(
          cells->size() > columns_.size() ? (*cells)[columns_.size()].column : cells->back().column,
          fmt::format("there are {} cells in a row and {} columns", cells->size(),
                      columns_.size()));
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell& cell = (*cells)[i];
      auto set = rows_.set(csv_.file(), columns_[i], cell.text, cell.column);
      if (!set) return std::unexpected(std::move(set.error()));
    }
    return rows_.finish(csv_.file());
  }

 private:
  CsvReader csv_;
  std::vector<Column> columns_;
};

class JsonCalls final : public RowSource {
 public:
  explicit JsonCalls(TextFile file) : file_(std::move(file)) {}

 protected:
  Result<std::optional<Call>> next_row() override {
    for (;;) {
      auto next = file_.next_line();
      if (!next) return std::unexpected(std::move(next.error()));
      const std::optional<std::string_view>& line = *next;
      if (!line) return std::nullopt;
      if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
      if (auto read = read_members(*line); !read) return std::unexpected(std::move(read.error()));
      return rows_.finish(file_);
    }
  }

 private:
  Result<void> read_members(std::string_view line) {
    FlatObject object(file_, line);
    std::uint32_t seen = 0;
    for (;;) {
      auto next = object.next();
      if (!next) return std::unexpected(std::move(next.error()));
      const std::optional<FlatObject::Member>& member = *next;
      if (!member) return {};
      const auto column = column_named(member->name, member->name_column);
      if (!column) return std::unexpected(column.error());
      const std::uint32_t bit = 1U << static_cast<unsigned>(column->field);
      if ((seen & bit) != 0 && column->field != Field::unused) {
        return file_.malformed(member->name_column,
                               fmt::format("`{}` is there twice", shown(member->name)));
      }
      seen |= bit;
      if (member->kind == FlatObject::Kind::null) continue;
      auto set = rows_.set(file_, *column, member->text, member->column);
      if (!set) return set;
    }
  }

  // The same few names are in each line.
  Result<Column> column_named(std::string_view name, std::size_t at) {
    for (const auto& [known, column] : columns_) {
      if (known == name) return column;
    }
    const auto column = column_of(name, file_, at);
    if (column && columns_.size() < columns_max) columns_.emplace_back(name, *column);
    return column;
  }

  static constexpr std::size_t columns_max = 32;

  TextFile file_;
  std::vector<std::pair<std::string, Column>> columns_;
};

}  // namespace

Result<std::unique_ptr<CallSource>> read_calls(TextFile file) {
  const auto line = file.peek_line();
  if (!line) return std::unexpected(line.error());
  const std::size_t first = line->find_first_not_of(" \t");
  if (first != std::string_view::npos && (*line)[first] == '{')
    return std::make_unique<JsonCalls>(std::move(file));
  auto calls = std::make_unique<CsvCalls>(std::move(file));
  if (auto header = calls->read_header(); !header) return std::unexpected(header.error());
  return calls;
}

Result<std::unique_ptr<CallSource>> open_calls(const std::string& path) {
  auto file = TextFile::open(path);
  if (!file) return std::unexpected(file.error());
  return read_calls(std::move(*file));
}

}  // namespace smyth::traffic
