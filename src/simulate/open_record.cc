#include "simulate/open_record.h"

#include "core/record.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>
#include <utility>

namespace smyth::simulate {

Result<std::unique_ptr<std::istream>> open_record(const std::string& file) {
  if (file == "-") return std::make_unique<std::istream>(std::cin.rdbuf());
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return misuse(fmt::format("`{}` is a folder", file), "name a file");
  }
  errno = 0;
  auto in = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (*in) return in;
  return misuse(fmt::format("cannot read `{}`: {}", file, std::strerror(errno)));
}

bool is_record(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  std::ifstream in(file, std::ios::binary);
  // The version is told of by whoever reads it.
  const std::string_view word = core::record_header.substr(0, core::record_header.find(' ') + 1);
  std::string begin(word.size(), '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == word;
}

}  // namespace smyth::simulate
