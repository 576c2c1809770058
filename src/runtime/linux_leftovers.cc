#include "runtime/linux_leftovers.h"

#include "base/unique_fd.h"
#include "runtime/linux_process.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t command_bytes_max = 60;
constexpr int descriptors_max = 1'000;  // That are looked at, of a process.

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "127.0.0.1:80"; empty: it is not connected.
std::string peer_of(const UniqueFd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(four.sin_port));
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
  const std::string_view host = text;
  constexpr std::string_view mapped = "::ffff:";  // Go and Java speak IPv4 so.
  if (host.starts_with(mapped)) {
    return fmt::format("{}:{}", host.substr(mapped.size()), ntohs(six.sin6_port));
  }
  return fmt::format("[{}]:{}", host, ntohs(six.sin6_port));
}

}  // namespace

std::string described(pid_t pid) {
  // "4711 (sleep) T ..."
  const std::string about = contents(fmt::format("/proc/{}/stat", pid));
  const std::size_t name = about.find('(');
  const std::size_t end = about.rfind(')');  // The name may hold anything.
  if (end == std::string::npos || end + 2 >= about.size() || about[end + 2] == 'Z') return {};
  std::string line = contents(fmt::format("/proc/{}/cmdline", pid));
  while (line.ends_with('\0')) line.pop_back();
  std::ranges::replace(line, '\0', ' ');
  if (line.empty()) line = about.substr(name + 1, end - name - 1);
  if (line.size() > command_bytes_max) line = line.substr(0, command_bytes_max - 3) + "...";
  return fmt::format("child process {} `{}`", pid, line);
}

std::vector<std::string> pending_sockets(pid_t pid, std::string_view except) {
  std::vector<std::string> pending;
  const UniqueFd process = open_pidfd(pid);
  std::error_code error;
  int seen = 0;
  for (fs::directory_iterator at(fmt::format("/proc/{}/fd", pid), error), end;
       !error && at != end && ++seen <= descriptors_max; at.increment(error)) {
    std::error_code gone;
    if (!fs::read_symlink(at->path(), gone).native().starts_with("socket:")) continue;
    const std::string number = at->path().filename().string();
    int fd = -1;
    std::from_chars(number.data(), number.data() + number.size(), fd);
    const UniqueFd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
    const std::string peer = peer_of(socket);
    if (peer.empty() || peer == except) continue;
    int unread = 0;
    int unsent = 0;
    ::ioctl(socket.get(), FIONREAD, &unread);
    ::ioctl(socket.get(), SIOCOUTQ, &unsent);
    if (unread > 0) {
      pending.push_back(fmt::format("socket to {} with {} bytes unread", peer, unread));
    } else if (unsent > 0) {
      pending.push_back(fmt::format("socket to {} with {} bytes unsent", peer, unsent));
    }
  }
  return pending;
}

}  // namespace smyth::runtime
