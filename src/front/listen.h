#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::front {

// The listening sockets of one address: more than one where a name has several addresses, as
// `localhost` has; all of them on the same port.
struct Listening {
  std::vector<UniqueFd> sockets;  // Non-blocking.
  std::uint16_t port = 0;
};

// Binds and listens. Port 0: any that is free in all families.
Result<Listening> listen_on(const std::string& host, std::uint16_t port);

}  // namespace smyth::front
