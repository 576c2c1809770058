#include "runtime/python_package.h"

#include "runtime/embedded_files.h"
#include "runtime/linux_private_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

// Names the content (FNV-1a, of words); whether it is there is decided by comparing it.
std::uint64_t content_hash() {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), sizeof hash))) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
      hash = (hash ^ word) * 0x100000001b3;
      hash ^= hash >> 32;  // Else high bits of a word would change only high bits.
    }
  };
  for (const EmbeddedFile& file : embedded_files()) {
    mix(file.path);
    mix({"\0", 1});
    mix(file.text);
  }
  return hash;
}

bool has_content(const fs::path& path, std::string_view text) {
  std::ifstream file(path, std::ios::binary);
  std::string there(text.size() + 1, '\0');  // One more: a longer file is another one.
  file.read(there.data(), static_cast<std::streamsize>(there.size()));
  return static_cast<std::size_t>(file.gcount()) == text.size() && there.starts_with(text);
}

bool is_complete(const fs::path& folder) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (!has_content(folder / file.path, file.text)) return false;
  }
  return true;
}

bool write(const fs::path& folder) {
  std::error_code error;
  for (const EmbeddedFile& file : embedded_files()) {
    const fs::path path = folder / file.path;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(file.text.data(), static_cast<std::streamsize>(file.text.size()));
    if (!out.flush()) return false;
  }
  return true;
}

// The folder in the cache, complete; empty: it cannot be had there.
fs::path place_in(const fs::path& cache) {
  std::error_code error;
  const fs::path ours = cache / "smyth";
  fs::path folder = ours / fmt::format("python-{:016x}", content_hash());
  if (is_private_folder(ours) && is_private_folder(folder) && is_complete(folder)) return folder;
  if (fs::create_directories(ours, error)) fs::permissions(ours, fs::perms::owner_all, error);
  if (!is_private_folder(ours)) return {};
  const auto made = make_temporary_folder((ours / "new-").string());
  if (!made) return {};
  // Another server may do the same at this moment: the first rename wins, both have the same
  // content.
  if (write(*made)) {
    fs::rename(*made, folder, error);
    if (!error) return folder;
    if (!is_private_folder(folder) || !is_complete(folder)) {
      fs::remove_all(folder, error);
      fs::rename(*made, folder, error);
      if (!error) return folder;
    }
  }
  fs::remove_all(*made, error);
  return is_private_folder(folder) && is_complete(folder) ? folder : fs::path{};
}

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

Result<PythonPackage> PythonPackage::open() {
  return open({.xdg_cache_home = variable("XDG_CACHE_HOME"), .home = variable("HOME")});
}

Result<PythonPackage> PythonPackage::open(const Places& places) {
  PythonPackage package;
  fs::path cache;
  if (places.xdg_cache_home.is_absolute()) {
    cache = places.xdg_cache_home;
  } else if (places.home.is_absolute()) {
    cache = places.home / ".cache";
  }
  if (!cache.empty()) package.folder_ = place_in(cache);
  if (!package.folder_.empty()) return package;

  auto made = make_temporary_folder((places.temporary / "smyth-python-").string());
  if (!made) return std::unexpected(made.error());
  package.folder_ = std::move(*made);
  package.is_temporary_ = true;
  if (!write(package.folder_)) {
    return fail(fmt::format("cannot write the Python packages to `{}`", package.folder_.string()),
                "make room there, or set `XDG_CACHE_HOME` to a folder that is writable");
  }
  return package;
}

PythonPackage::PythonPackage(PythonPackage&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      is_temporary_(std::exchange(other.is_temporary_, false)) {}

PythonPackage& PythonPackage::operator=(PythonPackage&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(is_temporary_, other.is_temporary_);
  return *this;
}

PythonPackage::~PythonPackage() {
  std::error_code ignored;
  if (is_temporary_) fs::remove_all(folder_, ignored);
}

}  // namespace smyth::runtime
