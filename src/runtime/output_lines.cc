#include "runtime/output_lines.h"

#include "runtime/utf8.h"

#include <algorithm>

namespace smyth::runtime {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Where to cut a line that is too long: no character is taken apart.
std::size_t cut_at(std::string_view line) {
  constexpr std::size_t character_bytes_max = 4;
  std::size_t cut = line_bytes_max;
  while (cut > line_bytes_max - character_bytes_max && is_continuation(line[cut])) --cut;
  return is_continuation(line[cut]) ? line_bytes_max : cut;
}

std::string_view without_return(std::string_view line) {
  return line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
}

}  // namespace

void OutputLines::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    const bool is_whole = end != std::string_view::npos;
    if (is_whole && open_.empty() && line.size() <= line_bytes_max) {
      tell(without_return(line));  // Most lines come in one piece.
    } else {
      open_ += line;
      tell_parts();
      if (is_whole) {
        tell(without_return(open_));
        open_.clear();
      }
    }
    bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
  }
}

void OutputLines::flush() {
  if (open_.empty()) return;
  tell(open_);
  open_.clear();
}

void OutputLines::tell_parts() {
  std::string_view left = open_;
  while (left.size() > line_bytes_max) {
    const std::size_t cut = cut_at(left);
    tell(left.substr(0, cut));
    left.remove_prefix(cut);
  }
  if (left.size() < open_.size()) open_.erase(0, open_.size() - left.size());
}

void OutputLines::tell(std::string_view line) {
  if (valid_prefix(line) == line.size()) return tell_(line);
  repaired_.clear();
  append_repaired(repaired_, line);
  tell_(repaired_);
}

}  // namespace smyth::runtime
