#pragma once

#include "base/result.h"

#include <filesystem>

namespace smyth::runtime {

// The embedded Python packages as files, where an interpreter can import them: written once for
// each content, into a folder of the user's cache that nobody else may write to, and compared with
// the binary at each start. Without a cache the folder is a temporary one that goes with this
// object.
class PythonPackage {
 public:
  // Where the folder may be; empty: not there.
  struct Places {
    std::filesystem::path xdg_cache_home;
    std::filesystem::path home;
    std::filesystem::path temporary = "/tmp";
  };
  static Result<PythonPackage> open();  // By the variables XDG_CACHE_HOME and HOME.
  static Result<PythonPackage> open(const Places& places);

  PythonPackage() = default;
  PythonPackage(PythonPackage&& other) noexcept;
  PythonPackage& operator=(PythonPackage&& other) noexcept;
  ~PythonPackage();

  // Holds `smyth` and `smyth_runtime`.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  bool is_temporary_ = false;
};

}  // namespace smyth::runtime
