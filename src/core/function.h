#pragma once

#include "base/time.h"

#include <cstdint>

namespace smyth::core {

// Which environment serves next.
enum class Strategy : std::uint8_t {
  first_warm,   // The idle environment used most recently, else a cold slot: what Lambda does.
  round_robin,  // The idle or cold slot not used for the longest time.
  user,         // A generator of the user's, asked through Choose.
  // For comparison: as first_warm, but for which of the idle environments it is.
  least_recently_used,
  newest,  // That was started last.
  oldest,
  random,  // By the time of the arrival.
};

// What happens to an arrival when every slot is busy.
enum class Overflow : std::uint8_t { queue, throttle };

// Of FunctionSpec::reserved: no concurrency is reserved.
inline constexpr std::uint32_t unreserved = ~std::uint32_t{0};

// A function as the scheduler knows it. A length of zero means that there is no such limit.
struct FunctionSpec {
  std::uint32_t concurrency = 1;      // Number of slots, at least 1.
  std::uint32_t queue_limit = 1'000;  // Invocations that may wait; `event` ones are not counted.
  std::uint32_t event_queue_limit = 1'000;  // Asynchronous invocations that may wait.
  std::uint32_t provisioned = 0;            // Environments kept initialised ahead.
  std::uint32_t reserved = unreserved;      // Its part of the account's concurrency.
  Strategy strategy = Strategy::first_warm;
  Overflow overflow = Overflow::queue;
  bool prepares = false;  // An event or context function of the user's runs before delivery.
  Duration timeout = std::chrono::seconds(6);
  Duration queue_wait = std::chrono::seconds(6);  // How long a synchronous invocation may wait.
  Duration init_timeout = std::chrono::seconds(10);
  Duration idle_max{0};  // An environment idle for so long expires.
  // All idle environments expire when none of the function has worked for so long.
  Duration function_idle_max{0};
  Duration life_max{0};  // An environment this old expires as soon as it is idle.
  // How long an arrival waits for an environment that has answered to be ready for the next, before
  // it takes a cold slot.
  Duration next_wait = std::chrono::milliseconds(5);

  bool operator==(const FunctionSpec&) const = default;
};

}  // namespace smyth::core
