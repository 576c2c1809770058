#include "package/packages.h"

#include "package/lay_over.h"
#include "package/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace smyth::package {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> about(const fs::path& source, const Error& error) {
  return misuse(fmt::format("`{}`: {}", source.string(), error.message), error.hint);
}

Result<void> check(const fs::path& source) {
  std::error_code unknown;
  const fs::file_status status = fs::status(source, unknown);
  if (!fs::exists(status)) {
    return about(source, {.message = "no such file or folder", .hint = {}});
  }
  if (fs::is_directory(status) || source.extension() == ".zip") return {};
  return about(source, {.message = "it is neither a folder nor a .zip file", .hint = {}});
}

bool is_zip(const fs::path& source) {
  std::error_code unknown;
  return !fs::is_directory(source, unknown);
}

void erase(const fs::path& folder) {
  std::error_code ignored;
  if (!folder.empty()) fs::remove_all(folder, ignored);
}

}  // namespace

Result<fs::path> Packages::folder_of(const Sources& sources) {
  for (const fs::path& source : sources) {
    if (auto checked = check(source); !checked) return std::unexpected(checked.error());
  }
  if (sources.size() == 1 && !is_zip(sources[0])) return sources[0];
  Made& made = made_[sources];
  if (!made.folder.empty()) return made.folder;
  auto folder = make(sources);
  if (folder) made.folder = *folder;
  return folder;
}

Result<fs::path> Packages::make(const Sources& sources) {
  fs::path folder = root_ / std::to_string(++folders_);
  std::error_code error;
  if (!fs::create_directory(folder, error)) {
    return fail(fmt::format("cannot make a folder in `{}`", root_.string()),
                "make room there, or name another folder in `TMPDIR`");
  }
  if (sources.size() == 1) {
    if (auto unpacked = unpack_zip(sources[0], folder); !unpacked) {
      erase(folder);
      return about(sources[0], unpacked.error());
    }
    return folder;
  }
  for (const fs::path& source : sources) {
    auto each = folder_of(Sources{source});
    if (!each) {
      erase(folder);
      return each;
    }
    if (auto laid = lay_over(*each, folder); !laid) {
      erase(folder);
      return about(source, laid.error());
    }
  }
  return folder;
}

void Packages::forget(const Sources& sources) {
  const auto forget_one = [this](const Sources& one) {
    const auto found = made_.find(one);
    if (found == made_.end() || found->second.folder.empty()) return;
    erase(found->second.previous);
    found->second.previous = std::exchange(found->second.folder, {});
  };
  forget_one(sources);
  if (sources.size() == 1) return;
  for (const fs::path& source : sources) forget_one({source});
}

std::vector<std::string> extensions_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "extensions", error)) {
    if (!entry.is_directory(error)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace smyth::package
