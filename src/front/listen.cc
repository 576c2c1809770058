#include "front/listen.h"

#include "front/linux_port_owner.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <expected>
#include <memory>
#include <string_view>
#include <system_error>

namespace smyth::front {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string where(const std::string& host, std::uint16_t port) {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Addresses> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == 0) return Addresses(found, ::freeaddrinfo);
  const bool is_unknown = error == EAI_NONAME || error == EAI_NODATA;
  return fail(fmt::format("cannot listen on `{}`: {}", host,
                          is_unknown ? "unknown host" : ::gai_strerror(error)),
              "use an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them");
}

void set_port(addrinfo& address, std::uint16_t port) {
  if (address.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address.ai_addr)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address.ai_addr)->sin_port = htons(port);
  }
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

bool is_wildcard(const addrinfo& address) {
  return address.ai_family == AF_INET6 &&
         IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<sockaddr_in6*>(address.ai_addr)->sin6_addr);
}

// One listening socket, or errno.
std::expected<UniqueFd, int> open_listener(const addrinfo& address) {
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return std::unexpected(errno);
  const int on = 1;
  const int only_v6 = is_wildcard(address) ? 0 : 1;  // `::` means every address, also of IPv4.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  }
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    return std::unexpected(errno);
  }
  return fd;
}

// Resolvers may name an address twice.
bool is_repeated(const addrinfo* addresses, const addrinfo& address) {
  for (const addrinfo* earlier = addresses; earlier != &address; earlier = earlier->ai_next) {
    if (earlier->ai_family != address.ai_family) continue;
    if (address.ai_family == AF_INET6) {
      const auto& one = reinterpret_cast<const sockaddr_in6*>(earlier->ai_addr)->sin6_addr;
      const auto& other = reinterpret_cast<const sockaddr_in6*>(address.ai_addr)->sin6_addr;
      if (IN6_ARE_ADDR_EQUAL(&one, &other)) return true;
    } else if (reinterpret_cast<const sockaddr_in*>(earlier->ai_addr)->sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in*>(address.ai_addr)->sin_addr.s_addr) {
      return true;
    }
  }
  return false;
}

// All addresses on one port, or errno. A family that this machine does not have is passed over as
// long as another one works.
std::expected<Listening, int> open_all(addrinfo* addresses, std::uint16_t port) {
  Listening listening{.sockets = {}, .port = port};
  int missing = 0;
  for (addrinfo* address = addresses; address != nullptr; address = address->ai_next) {
    set_port(*address, listening.port);
    if (is_repeated(addresses, *address)) continue;
    auto fd = open_listener(*address);
    if (fd) {
      listening.port = bound_port(fd->get());
      listening.sockets.push_back(std::move(*fd));
    } else if (fd.error() == EAFNOSUPPORT || fd.error() == EADDRNOTAVAIL) {
      missing = fd.error();
    } else {
      return std::unexpected(fd.error());
    }
  }
  if (listening.sockets.empty()) return std::unexpected(missing);
  return listening;
}

std::string hint_of(int error, std::uint16_t port) {
  switch (error) {
    case EADDRINUSE: {
      const auto owner = find_port_owner(port);
      if (!owner) return "stop the program that has it or use `--port`";
      return fmt::format("`{}` (pid {}) has it: stop it or use `--port`", owner->name, owner->pid);
    }
    case EACCES:
      return "ports below 1024 need privileges: use `--port 8080`";
    case EADDRNOTAVAIL:
      return "this machine has no such address: use 127.0.0.1 or 0.0.0.0";
    default:
      return {};
  }
}

std::string reason_of(int error) {
  switch (error) {
    case EADDRINUSE:
      return "address in use";
    case EACCES:
      return "permission denied";
    case EADDRNOTAVAIL:
      return "address not available";
    default:
      return std::generic_category().message(error);
  }
}

}  // namespace

Result<Listening> listen_on(const std::string& host, std::uint16_t port) {
  auto addresses = resolve(host);
  if (!addresses) return std::unexpected(std::move(addresses.error()));
  // A port that is free in one family may be taken in the other: ask for another one then.
  constexpr int attempt_count_max = 16;
  auto listening = open_all(addresses->get(), port);
  for (int attempt = 1; attempt < attempt_count_max && port == 0 && !listening; ++attempt) {
    if (listening.error() != EADDRINUSE) break;
    listening = open_all(addresses->get(), port);
  }
  if (listening) return std::move(*listening);
  const int error = listening.error();
  return fail(fmt::format("cannot listen on {}: {}", where(host, port), reason_of(error)),
              hint_of(error, port));
}

}  // namespace smyth::front
