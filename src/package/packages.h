#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace smyth::package {

// The folders that functions' .zip files and layers become. What several functions name is made
// once. A folder that is named alone is used where it stands; .zip files, and several layers laid
// one over another, become folders below one that goes with the server. Those are never changed:
// what is made anew has another folder.
class Packages {
 public:
  using Sources = std::vector<std::filesystem::path>;

  // `root` is an empty folder that somebody else removes in the end.
  explicit Packages(std::filesystem::path root) : root_(std::move(root)) {}

  // The folder of these folders and .zip files, of which later ones win; at least one. The error
  // names the one that cannot be had.
  Result<std::filesystem::path> folder_of(const Sources& sources);

  // They have changed: the folder is made anew when it is asked for next. Environments may still
  // use the one of before; the one before that is removed.
  void forget(const Sources& sources);

 private:
  struct Made {
    std::filesystem::path folder;  // Empty: it has to be made.
    std::filesystem::path previous;
  };
  Result<std::filesystem::path> make(const Sources& sources);

  std::filesystem::path root_;
  std::uint32_t folders_ = 0;  // That it was asked for so far.
  std::map<Sources, Made> made_;
};

// What is in `extensions` of a layers' folder and is an external extension there, by name: every
// file. Lambda starts them all.
std::vector<std::string> extensions_in(const std::filesystem::path& folder);

}  // namespace smyth::package
