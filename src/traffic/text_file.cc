#include "traffic/text_file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace smyth::traffic {
namespace {

constexpr std::size_t read_bytes = std::size_t{1} << 18;
constexpr std::size_t shown_max = 40;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

std::string shown(std::string_view text) {
  std::string out(text.substr(0, shown_max));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  // Whole characters only: a cut one would be no text.
  if (text.size() > shown_max) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
    out += "…";
  }
  return out;
}

Result<TextFile> TextFile::open(const std::string& path) {
  TextFile file;
  file.name_ = path == "-" ? "standard input" : path;
  file.fd_ =
      UniqueFd(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd_) {
    return misuse(fmt::format("cannot read {}: {}", file.name_, std::strerror(errno)));
  }
  file.buffer_.resize(read_bytes);
  while (file.end_ < 4 && !file.is_at_end_) {
    if (auto read = file.read_more(); !read) return std::unexpected(std::move(read.error()));
  }
  const std::string_view start(file.buffer_.data(), file.end_);
  if (start.starts_with("\x1f\x8b")) {
    return misuse(fmt::format("{} is compressed", file.name_),
                  fmt::format("`zcat {}` and pass it on with `-` as the file", file.name_));
  }
  if (start.starts_with(byte_order_mark)) file.begin_ = byte_order_mark.size();
  return file;
}

TextFile TextFile::of(std::string_view text, std::string name) {
  TextFile file;
  file.name_ = std::move(name);
  file.buffer_.assign(text.begin(), text.end());
  file.end_ = text.size();
  file.is_at_end_ = true;
  if (text.starts_with(byte_order_mark)) file.begin_ = byte_order_mark.size();
  return file;
}

Result<void> TextFile::read_more() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < read_bytes / 2) buffer_.resize(buffer_.size() * 2);
  // A signal whose handler lets it end a read is to end this one.
  const ssize_t got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
  if (got < 0) return misuse(fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
  is_at_end_ = got == 0;
  end_ += static_cast<std::size_t>(got);
  return {};
}

Result<std::optional<std::string_view>> TextFile::next_line() {
  std::size_t searched = 0;  // Of what is there: no part is looked through twice.
  for (;;) {
    const char* const start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* const found =
        size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr;
    const bool is_last = !found && is_at_end_;
    if (is_last && size == 0) return std::nullopt;
    if (found || is_last) {
      const std::size_t length =
          found ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : size;
      begin_ += found ? length + 1 : length;
      ++line_;
      if (length > line_bytes_max) break;
      std::string_view line(start, length);
      if (line.ends_with('\r')) line.remove_suffix(1);
      return line;
    }
    if (size > line_bytes_max) {
      ++line_;
      break;
    }
    searched = size;
    if (auto read = read_more(); !read) return std::unexpected(std::move(read.error()));
  }
  return malformed(line_bytes_max + 1, "the line is longer than 1 MiB");
}

Result<std::string_view> TextFile::peek_line() {
  for (;;) {
    const std::string_view text(buffer_.data() + begin_, end_ - begin_);
    const std::size_t end = text.find('\n');
    const bool is_whole = end != std::string_view::npos || is_at_end_;
    if (is_whole || text.size() > line_bytes_max) return text.substr(0, end);
    if (auto read = read_more(); !read) return std::unexpected(std::move(read.error()));
  }
}

std::unexpected<Error> TextFile::malformed(std::size_t column, std::string_view what,
                                           std::string hint) const {
  return misuse(fmt::format("{} ({}:{}:{})", what, name_, line_, column), std::move(hint));
}

std::unexpected<Error> TextFile::malformed(std::string_view what, std::string hint) const {
  return misuse(fmt::format("{} ({})", what, name_), std::move(hint));
}

}  // namespace smyth::traffic
