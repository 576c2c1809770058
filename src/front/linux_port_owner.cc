#include "front/linux_port_owner.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace smyth::front {
namespace {

namespace fs = std::filesystem;

// The inode of the listening socket in one of the kernel's tables:
// "sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode ...".
std::optional<unsigned long> find_listener(const char* table, std::uint16_t port) {
  std::ifstream lines(table);
  std::string line;
  std::getline(lines, line);  // The captions.
  while (std::getline(lines, line)) {
    unsigned local_port = 0;
    unsigned state = 0;
    unsigned long inode = 0;
    // What the kernel writes has no numbers that are too large.
    // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion)
    if (std::sscanf(line.c_str(), " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %lu",
                    &local_port, &state, &inode) != 3) {
      continue;
    }
    constexpr unsigned listening = 0x0a;
    if (local_port == port && state == listening) return inode;
  }
  return std::nullopt;
}

bool has_descriptor(const fs::path& process, std::string_view link) {
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(entry->path(), unreadable) == link) return true;
  }
  return false;
}

}  // namespace

std::optional<PortOwner> find_port_owner(std::uint16_t port) {
  auto inode = find_listener("/proc/net/tcp", port);
  if (!inode) inode = find_listener("/proc/net/tcp6", port);
  if (!inode) return std::nullopt;
  const std::string link = fmt::format("socket:[{}]", *inode);
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string number = entry->path().filename();
    int pid = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), pid);
    if (parsed.ec != std::errc{} || !has_descriptor(entry->path(), link)) continue;
    PortOwner owner{.name = "?", .pid = pid};
    std::ifstream comm(entry->path() / "comm");
    std::getline(comm, owner.name);
    return owner;
  }
  return std::nullopt;
}

}  // namespace smyth::front
