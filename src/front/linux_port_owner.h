#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace smyth::front {

struct PortOwner {
  std::string name;  // "python3"
  int pid = 0;
};

// The process that listens on a TCP port, as far as /proc tells: other users' processes stay
// hidden.
std::optional<PortOwner> find_port_owner(std::uint16_t port);

}  // namespace smyth::front
