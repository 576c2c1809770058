#include "runtime/linux_memory.h"

#include "base/unique_fd.h"
#include "runtime/linux_process.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace smyth::runtime {
namespace {

constexpr int depth_max = 32;  // Of a tree of processes that grows while it is looked at.

std::uint32_t own_peak_kib(pid_t pid) {
  const UniqueFd file(::open(fmt::format("/proc/{}/status", pid).c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[4'096];
  const ssize_t count = file ? ::read(file.get(), bytes, sizeof bytes) : 0;
  if (count <= 0) return 0;
  std::string_view text(bytes, static_cast<std::size_t>(count));
  constexpr std::string_view label = "\nVmHWM:";
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return 0;  // It is a zombie.
  text.remove_prefix(at + label.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint32_t kib = 0;
  std::from_chars(text.data(), text.data() + text.size(), kib);
  return kib;
}

std::uint32_t peak_below(pid_t pid, int depth) {
  std::uint32_t kib = own_peak_kib(pid);
  if (depth == depth_max) return kib;
  for (const pid_t child : children_of(pid)) kib += peak_below(child, depth + 1);
  return kib;
}

}  // namespace

std::uint32_t peak_memory_kib(pid_t root) { return root > 0 ? peak_below(root, 0) : 0; }

}  // namespace smyth::runtime
