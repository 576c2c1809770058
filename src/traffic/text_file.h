#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::traffic {

// The lines of a file of any size, one after the other, and what to say of them: errors name file,
// line and column. A byte order mark and the carriage returns of Windows are left out.
class TextFile {
 public:
  static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

  // `-` is standard input.
  static Result<TextFile> open(const std::string& path);
  // What is in memory, as if it were a file of this name.
  static TextFile of(std::string_view text, std::string name);

  // The next line without its end; nullopt if there are no more. Valid until the next call.
  Result<std::optional<std::string_view>> next_line();

  // The next line, or what there is of it in a mebibyte, without taking it.
  Result<std::string_view> peek_line();

  const std::string& name() const { return name_; }
  std::uint64_t line() const { return line_; }

  // An error about a place in the latest line; columns count bytes from 1.
  std::unexpected<Error> malformed(std::size_t column, std::string_view what,
                                   std::string hint = {}) const;
  // An error about the file as a whole.
  std::unexpected<Error> malformed(std::string_view what, std::string hint = {}) const;

 private:
  TextFile() = default;
  Result<void> read_more();

  std::string name_;
  UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // What has been read and not taken is in [begin_, end_).
  std::size_t end_ = 0;
  bool is_at_end_ = false;
  std::uint64_t line_ = 0;
};

// A piece of a file as a message can show it: short, and without control characters.
std::string shown(std::string_view text);

}  // namespace smyth::traffic
