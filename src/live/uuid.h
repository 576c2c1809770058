#pragma once

#include <cstdint>
#include <string>

namespace smyth::live {

// Makes request ids: random UUIDs (version 4) in text. The randomness is of the kind that tells
// requests apart, not the kind that keeps secrets.
class UuidSource {
 public:
  UuidSource();  // Seeded by the system.
  std::string make();

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace smyth::live
