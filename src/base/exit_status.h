#pragma once

#include <cstdint>
#include <string_view>

namespace smyth {

// How an environment ended by itself: the end of one of its processes.
struct ExitStatus {
  bool signalled = false;
  int code = 0;  // Exit status, or number of the signal.
  // Lambda's word for whose fault it is: its runtime's, or one of its extensions'.
  std::string_view error_type = "Runtime.ExitError";
  std::string_view reason = {};    // What was said about it; empty: the status says it.
  std::uint32_t max_rss_kib = 0;   // The most memory that the process had; 0: unknown.
  bool has_passed_memory = false;  // It was killed, since it had more than it may have.
};

}  // namespace smyth
