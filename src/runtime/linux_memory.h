#pragma once

#include <sys/types.h>

#include <cstdint>

namespace smyth::runtime {

// The most resident memory that a process and everything below it have had, each counted at its own
// peak; 0: it is gone.
std::uint32_t peak_memory_kib(pid_t root);

}  // namespace smyth::runtime
