#pragma once

#include "runtime/linux_private_folder.h"
#include "runtime/runtime.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace smyth::test {

// Source files in a temporary folder, as environments report them.
class ProjectFiles {
 public:
  ProjectFiles()
      : folder_(
            *runtime::make_temporary_folder(std::filesystem::temp_directory_path() / "files-")) {}
  ~ProjectFiles() { std::filesystem::remove_all(folder_); }
  ProjectFiles(const ProjectFiles&) = delete;
  ProjectFiles& operator=(const ProjectFiles&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }

  // It is another file afterwards, by its size if not by its time.
  runtime::LoadedModule save(const std::string& name) const {
    std::ofstream(path(name), std::ios::app) << "# saved\n";
    return read(name);
  }
  // As whoever loads it finds it; the view lives as long as this object.
  runtime::LoadedModule read(const std::string& name) const {
    const std::string& kept = *paths_.insert(path(name)).first;
    struct stat status{};
    if (::stat(kept.c_str(), &status) != 0) return {.path = kept};
    const auto mtime = status.st_mtim;
    return {.path = kept,
            .mtime_ns = std::int64_t{mtime.tv_sec} * 1'000'000'000 + mtime.tv_nsec,
            .size = status.st_size};
  }
  // As if it had been saved long ago.
  void age(const std::string& name) const {
    const std::chrono::sys_seconds long_ago{std::chrono::days(1)};
    std::filesystem::last_write_time(path(name), std::chrono::file_clock::from_sys(long_ago));
  }
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }

 private:
  std::filesystem::path folder_;
  mutable std::set<std::string> paths_;
};

}  // namespace smyth::test
