#include "package/lay_over.h"

#include <fmt/format.h>

namespace smyth::package {
namespace {

namespace fs = std::filesystem;

// Throws what std::filesystem throws.
void copy_over(const fs::path& source, const fs::path& target) {
  for (const fs::directory_entry& entry : fs::directory_iterator(source)) {
    const fs::path place = target / entry.path().filename();
    const fs::file_type type = entry.symlink_status().type();
    const fs::file_type before = fs::symlink_status(place).type();
    if (type == fs::file_type::directory) {
      if (before != fs::file_type::directory) {
        fs::remove(place);
        fs::create_directory(place);
      }
      copy_over(entry.path(), place);
      continue;
    }
    if (type != fs::file_type::regular && type != fs::file_type::symlink) continue;
    if (before != fs::file_type::not_found) fs::remove_all(place);
    if (type == fs::file_type::symlink) {
      fs::copy_symlink(entry.path(), place);
    } else {
      fs::copy_file(entry.path(), place);
    }
  }
}

}  // namespace

Result<void> lay_over(const fs::path& source, const fs::path& target) {
  try {
    copy_over(source, target);
  } catch (const fs::filesystem_error& error) {
    return fail(
        fmt::format("cannot copy `{}`: {}", error.path1().string(), error.code().message()));
  }
  return {};
}

}  // namespace smyth::package
