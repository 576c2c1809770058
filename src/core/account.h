#pragma once

#include "base/time.h"

#include <cstdint>

namespace smyth::core {

// What Lambda allows an account, beside each function's own `concurrency`. A function with reserved
// concurrency has its part of it for itself; all others share what is left, less the provisioned
// concurrency of each, which is its own whether it is used or not.
struct AccountSpec {
  std::uint32_t concurrency = 0;  // Of the whole account; 0: there is no account to limit anybody.
  std::uint32_t scaling = 1'000;  // New environments of a function in ten seconds; 0: any number.
  // Not zero: the model of before November 2023, where all functions shared this burst of new
  // environments, and `scaling` more came each minute.
  std::uint32_t scaling_burst = 0;
  std::uint32_t request_rate = 10;  // Requests a second for each of the concurrency; 0: any number.

  bool operator==(const AccountSpec&) const = default;
};

inline constexpr Duration scaling_period = std::chrono::seconds(10);
inline constexpr Duration burst_scaling_period = std::chrono::minutes(1);
inline constexpr Duration request_rate_period = std::chrono::seconds(1);

// How often it is tried again to serve who waits because of these limits.
inline constexpr Duration held_retry = std::chrono::seconds(1);

}  // namespace smyth::core
