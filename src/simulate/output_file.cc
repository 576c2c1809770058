#include "simulate/output_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace smyth::simulate {
namespace fs = std::filesystem;

namespace {

std::unexpected<Error> cannot_write(const std::string& path, int error) {
  return fail(fmt::format("cannot write `{}`: {}", path, std::strerror(error)),
              "name a file in a folder that you may write to");
}

// Whether what is printed goes there, too, and is not thrown away as in /dev/null.
bool is_standard_output(const std::string& path) {
  struct stat here{};
  struct stat there{};
  return ::fstat(STDOUT_FILENO, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino &&
         (!S_ISCHR(here.st_mode) || ::isatty(STDOUT_FILENO) == 1);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path) {
  if (is_standard_output(path)) {
    return misuse(fmt::format("`{}` is where the findings are printed", path),
                  "name a file, or in a shell `>(...)`, which pipes it to a program");
  }
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  std::string target = path;
  std::string temporary;
  if (fs::is_directory(status)) return cannot_write(path, EISDIR);
  if (fs::is_regular_file(status)) target = fs::canonical(path, ignored).string();
  if (!fs::exists(status) || fs::is_regular_file(status)) {
    temporary = fmt::format("{}.{}.tmp", target, ::getpid());
  }
  std::FILE* file = std::fopen((temporary.empty() ? target : temporary).c_str(), "we");
  if (file == nullptr) return cannot_write(path, errno);
  return std::unique_ptr<OutputFile>(new OutputFile(target, std::move(temporary), file));
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view text) {
  if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
    error_ = errno;
  }
}

Result<void> OutputFile::finish() {
  std::FILE* file = std::exchange(file_, nullptr);
  if (std::fclose(file) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 && !temporary_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    error_ = errno;
  }
  if (error_ == 0) return {};
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  return cannot_write(path_, error_);
}

}  // namespace smyth::simulate
