#include "traffic/csv.h"

#include <algorithm>
#include <utility>

namespace smyth::traffic {

Result<std::span<const Cell>> CsvReader::next() {
  cells_.clear();
  for (;;) {
    auto line = file_.next_line();
    if (!line) return std::unexpected(std::move(line.error()));
    const std::optional<std::string_view>& first = *line;
    if (!first) return std::span<const Cell>{};
    std::string_view text = *first;
    if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
    // An odd number of quotes: the record goes on in the next line.
    if (text.find('"') != std::string_view::npos) {
      record_ = text;
      for (auto quotes = std::ranges::count(text, '"'); quotes % 2 == 1;) {
        auto next = file_.next_line();
        if (!next) return std::unexpected(std::move(next.error()));
        const std::optional<std::string_view>& more = *next;
        if (!more) return file_.malformed(record_.rfind('"') + 1, "a quote is not closed");
        record_ += '\n';
        record_ += *more;
        quotes += std::ranges::count(*more, '"');
        if (record_.size() > TextFile::line_bytes_max) {
          return file_.malformed(1, "a record is longer than 1 MiB: is a quote not closed?");
        }
      }
      text = record_;
    }
    if (auto done = split(text); !done) return std::unexpected(std::move(done.error()));
    return std::span<const Cell>(cells_);
  }
}

Result<void> CsvReader::split(std::string_view line) {
  unquoted_.clear();
  unquoted_.reserve(line.size());
  std::string_view rest = line;
  for (;;) {
    const std::size_t column = line.size() - rest.size() + 1;
    if (cells_.size() == cells_max) {
      return file_.malformed(column, "there are more than 10,000 cells in a row");
    }
    if (rest.starts_with('"')) {
      auto text = quoted(rest, column);
      if (!text) return std::unexpected(std::move(text.error()));
      cells_.push_back({*text, column});
    } else {
      std::string_view text = rest.substr(0, rest.find(','));
      rest.remove_prefix(text.size());
      while (text.starts_with(' ')) text.remove_prefix(1);
      while (text.ends_with(' ')) text.remove_suffix(1);
      cells_.push_back({text, column});
    }
    if (rest.empty()) return {};
    rest.remove_prefix(1);
  }
}

Result<std::string_view> CsvReader::quoted(std::string_view& rest, std::size_t column) {
  rest.remove_prefix(1);
  const std::size_t start = unquoted_.size();
  for (;;) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) return file_.malformed(column, "a quote is not closed");
    unquoted_ += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    unquoted_ += '"';
    rest.remove_prefix(1);
  }
  if (!rest.empty() && !rest.starts_with(',')) {
    return file_.malformed(column, "there is text after the closing quote of a cell");
  }
  return std::string_view(unquoted_).substr(start);
}

}  // namespace smyth::traffic
