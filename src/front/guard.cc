#include "front/guard.h"

#include "front/ascii.h"
#include "front/response_text.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace smyth::front {
namespace {

// An IP address as bytes; IPv4 in its mapped form (::ffff:a.b.c.d), so that both spellings are
// equal.
using Address = std::array<unsigned char, 16>;

constexpr std::array<unsigned char, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Address mapped(const void* ipv4) {
  Address address{};
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
  std::memcpy(address.data() + mapped_prefix.size(), ipv4, 4);
  return address;
}

// Four decimal numbers or IPv6 in (with `brackets`) brackets. Other spellings that some resolvers
// take for an address (2130706433, 0x7f.1, 127.1) are none.
std::optional<Address> parse_address(std::string_view text) {
  Address address{};
  if (text.starts_with('[') && text.ends_with(']')) {
    const std::string inner(text.substr(1, text.size() - 2));
    if (::inet_pton(AF_INET6, inner.c_str(), address.data()) == 1) return address;
    return std::nullopt;
  }
  in_addr ipv4{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &ipv4) == 1) return mapped(&ipv4);
  return std::nullopt;
}

bool is_loopback(const Address& address) {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin())) {
    return address[12] == 127;
  }
  Address loopback{};
  loopback[15] = 1;
  return address == loopback;
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

// The host in lower case, without port and without the dot that may end a full name; nullopt if it
// is no host at all.
std::optional<std::string> host_of(std::string_view field) {
  const std::size_t bracket = field.starts_with('[') ? field.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = std::min(field.find(':', bracket), field.size());
  const std::string_view port = field.substr(std::min(colon + 1, field.size()));
  if (!std::all_of(port.begin(), port.end(), is_digit)) return std::nullopt;
  std::string_view host = field.substr(0, colon);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return std::nullopt;
  return lower(host);
}

// The addresses of this machine's interfaces, written as parse_address() reads them.
std::vector<std::string> interface_addresses() {
  std::vector<std::string> addresses;
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, ::freeifaddrs);
  for (const ifaddrs* one = found; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    char text[INET6_ADDRSTRLEN] = {};
    if (one->ifa_addr->sa_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      ::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
      addresses.emplace_back(text);
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      ::inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
      addresses.push_back(std::string("[").append(text).append("]"));
    }
  }
  return addresses;
}

bool contains_address(const std::vector<std::string>& addresses, const Address& address) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& own) { return parse_address(own) == address; });
}

}  // namespace

Guard::Guard(Options options) : options_(std::move(options)) {
  if (is_wildcard(options_.bound_host)) {
    own_addresses_ = interface_addresses();
  } else if (options_.bound_host.contains(':')) {
    own_addresses_.push_back("[" + options_.bound_host + "]");
  } else {
    own_addresses_.push_back(options_.bound_host);
  }
}

bool Guard::is_own(std::string_view host_field) const {
  const auto host = host_of(host_field);
  if (!host) return false;
  if (*host == "localhost") return true;
  if (const auto address = parse_address(*host)) {
    if (is_loopback(*address) || contains_address(own_addresses_, *address)) return true;
    // An interface may have come, or got another address, since the start.
    if (is_wildcard(options_.bound_host) && contains_address(interface_addresses(), *address)) {
      return true;
    }
  } else if (host->ends_with(".localhost") || equals_ignoring_case(*host, options_.bound_host)) {
    return true;
  }
  return std::any_of(options_.allowed_hosts.begin(), options_.allowed_hosts.end(),
                     [&](const std::string& allowed) {
                       return equals_ignoring_case(allowed, host_field) ||
                              equals_ignoring_case(allowed, *host);
                     });
}

std::optional<HttpResponse> Guard::refuse_host(const HttpRequest& request) const {
  std::string_view host;
  bool is_present = false;
  for (const HeaderField& field : request.headers) {
    if (!equals_ignoring_case(field.name, "host")) continue;
    host = field.value;
    is_present = true;
    break;
  }
  // Only HTTP/1.0 may come without, and no browser speaks that.
  if (!is_present && request.version < 11) return std::nullopt;
  if (is_own(host)) return std::nullopt;
  return message_response(
      421, "Misdirected Request: the Host header names neither this machine nor an allowed host");
}

std::optional<HttpResponse> Guard::refuse_origin(const HttpRequest& request) const {
  for (const HeaderField& field : request.headers) {
    if (!equals_ignoring_case(field.name, "origin")) continue;
    if (!is_own_origin(field.value, request.header("host"))) {
      return message_response(
          403, "Forbidden: pages of this Origin may not call the server, it is not allowed");
    }
  }
  return std::nullopt;
}

bool Guard::is_own_origin(std::string_view origin, std::string_view host) const {
  constexpr std::string_view scheme = "http://";
  if (origin.size() > scheme.size() &&
      equals_ignoring_case(origin.substr(0, scheme.size()), scheme) &&
      equals_ignoring_case(origin.substr(scheme.size()), host) && is_own(host)) {
    return true;
  }
  return std::any_of(
      options_.allowed_origins.begin(), options_.allowed_origins.end(),
      [&](const std::string& allowed) { return equals_ignoring_case(allowed, origin); });
}

}  // namespace smyth::front
