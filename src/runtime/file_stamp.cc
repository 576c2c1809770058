#include "runtime/file_stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace smyth::runtime {

bool is_as_loaded(const LoadedModule& module) {
  struct stat now{};
  if (::stat(std::string(module.path).c_str(), &now) != 0) return false;
  const std::int64_t mtime_ns =
      std::int64_t{now.st_mtim.tv_sec} * 1'000'000'000 + now.st_mtim.tv_nsec;
  return mtime_ns == module.mtime_ns && now.st_size == module.size;
}

bool is_program_file(const std::string& path) {
  constexpr auto endings = std::to_array<std::string_view>(
      {".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".jar", ".class", ".so", ".dll", ".php", ".pl",
       ".lua", ".sh", ".wasm", ".zip", ".node"});
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (std::ranges::any_of(endings,
                          [&](std::string_view ending) { return name.ends_with(ending); })) {
    return true;
  }
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return name.find('.') == std::string_view::npos;
  return S_ISREG(about.st_mode) && (about.st_mode & S_IXUSR) != 0;
}

}  // namespace smyth::runtime
