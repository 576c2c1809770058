#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace smyth::telemetry {

// What a subscriber's answer to a POST says, by its head alone: nothing of the body is of interest.
struct Reply {
  unsigned status = 0;
  // How many bytes follow. None: it is not known, and the connection cannot be used again.
  std::optional<std::size_t> body_bytes;
  bool keeps_connection = true;
};

// A head is at most so large, and a body is waited for that is at most so large.
inline constexpr std::size_t reply_head_bytes_max = 16'384;
inline constexpr std::size_t reply_body_bytes_max = 65'536;

// Reads status line and headers, up to the empty line, which is in `head`. None: it is no HTTP/1.
std::optional<Reply> parse_reply(std::string_view head);

}  // namespace smyth::telemetry
