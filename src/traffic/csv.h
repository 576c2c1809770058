#pragma once

#include "base/result.h"
#include "traffic/text_file.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::traffic {

// One cell of a record, without its quotes, and the column that it begins in.
struct Cell {
  std::string_view text;
  std::size_t column;
};

// The records of a CSV file as RFC 4180 has them: a cell in quotes may hold commas, doubled
// quotes and ends of lines. Empty lines are passed over.
class CsvReader {
 public:
  static constexpr std::size_t cells_max = 10'000;

  explicit CsvReader(TextFile file) : file_(std::move(file)) {}

  // The cells of the next record; none if there are no more. Valid until the next call.
  Result<std::span<const Cell>> next();

  const TextFile& file() const { return file_; }

 private:
  Result<void> split(std::string_view line);
  Result<std::string_view> quoted(std::string_view& rest, std::size_t column);

  TextFile file_;
  std::vector<Cell> cells_;
  std::string record_;    // The lines of a record that has several.
  std::string unquoted_;  // Texts of cells with doubled quotes; reserved, so that views hold.
};

}  // namespace smyth::traffic
