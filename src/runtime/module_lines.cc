#include "runtime/module_lines.h"

#include <charconv>
#include <cstddef>

namespace smyth::runtime {

bool read_modules(std::string_view lines, std::vector<LoadedModule>& modules) {
  modules.clear();
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return false;
    const char* at = lines.data();
    const char* line_end = at + end;
    LoadedModule module;
    const auto mtime = std::from_chars(at, line_end, module.mtime_ns);
    if (mtime.ec != std::errc{} || mtime.ptr == line_end) return false;
    const auto size = std::from_chars(mtime.ptr + 1, line_end, module.size);
    if (size.ec != std::errc{} || size.ptr == line_end) return false;
    module.path = {size.ptr + 1, line_end};
    modules.push_back(module);
    lines.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace smyth::runtime
