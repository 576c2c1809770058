#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace smyth::cli {

// Where a running server listens.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

struct Reply {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // Names in small letters.
  std::string body;
};

struct Call {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;
  // How long the whole exchange may take; none: as long as a handler takes.
  std::optional<std::chrono::seconds> patience = std::nullopt;
};

// One request to a running server, and its answer. The error of a server that is not there says how
// to start one.
Result<Reply> call(const Address& address, const Call& call);

}  // namespace smyth::cli
