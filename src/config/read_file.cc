#include "config/read_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <system_error>

namespace smyth::config {
namespace {

constexpr std::size_t file_bytes_max = 4 << 20;
constexpr std::size_t part_bytes = 64 << 10;

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::string_view what) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) {
    return misuse(fmt::format("cannot read {}: it is a folder", what), "name a file");
  }
  // Opening a named pipe waits for somebody who writes, and the whole server with it.
  if (std::filesystem::is_fifo(file, unknown)) {
    return misuse(fmt::format("cannot read {}: it is a named pipe", what), "name a file");
  }
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return misuse(fmt::format("cannot read {}: {}", what, std::strerror(errno ? errno : EIO)),
                  "check the name and the permissions");
  }
  // In parts: room for the largest would take longer to clear than most files take to read.
  std::string text;
  while (in && text.size() <= file_bytes_max) {
    const std::size_t before = text.size();
    text.resize(std::min(before + part_bytes, file_bytes_max + 1));
    in.read(text.data() + before, static_cast<std::streamsize>(text.size() - before));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  if (text.size() > file_bytes_max)
    return misuse(fmt::format("{} is larger than 4 MiB", what), "name another file");
  return text;
}

}  // namespace smyth::config
