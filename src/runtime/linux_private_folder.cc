#include "runtime/linux_private_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace smyth::runtime {

bool is_private_folder(const std::filesystem::path& folder) {
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return false;
  return S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<std::filesystem::path> make_temporary_folder(const std::string& beginning) {
  std::string name = beginning + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(fmt::format("cannot make a folder `{}`: {}", name, std::strerror(errno)));
  }
  return name;
}

}  // namespace smyth::runtime
