#include "runtime/file_stamp.h"

#include <sys/stat.h>

#include <string>

namespace smyth::runtime {

bool is_as_loaded(const LoadedModule& module) {
  struct stat now{};
  if (::stat(std::string(module.path).c_str(), &now) != 0) return false;
  const std::int64_t mtime_ns =
      std::int64_t{now.st_mtim.tv_sec} * 1'000'000'000 + now.st_mtim.tv_nsec;
  return mtime_ns == module.mtime_ns && now.st_size == module.size;
}

}  // namespace smyth::runtime
