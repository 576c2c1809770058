#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

namespace smyth::traffic {

// A length that the traffic says nothing about.
inline constexpr Duration unsaid{-1};

// What a record says about how a call was served.
enum class Start : std::uint8_t { unsaid, warm, cold };

// One call of recorded or generated traffic.
struct Call {
  static constexpr std::uint32_t no_environment = std::numeric_limits<std::uint32_t>::max();

  TimePoint at{};                   // Never before the call before it; see CallSource for its zero.
  std::uint32_t function = 0;       // Index into CallSource::functions().
  std::uint32_t memory_mib = 0;     // Zero: unsaid.
  Duration duration = unsaid;       // How long it runs in a warm environment.
  Duration init = unsaid;           // What an init adds to it, if it is cold.
  Duration cold_duration = unsaid;  // How long it takes if it is cold, init and all.
  std::uint32_t environment = no_environment;  // That served it, of all functions' together.
  Start start = Start::unsaid;

  bool operator==(const Call&) const = default;
};
static_assert(sizeof(Call) <= 48 && std::is_trivially_copyable_v<Call>);

// Calls in order of time, read as they are asked for: never all of them are in memory.
//
// Time zero is the record's own where it counts from one (a CSV file whose times are lengths, a
// day in minutes), else its first call (dates).
class CallSource {
 public:
  virtual ~CallSource() = default;

  // The next calls, at most some thousand; none if there are no more. Valid until the next
  // call of it. After an error there is no going on.
  virtual Result<std::span<const Call>> next_batch() = 0;

  // The names of the functions of the calls so far, by Call::function: it may grow with a batch.
  // A name is empty where the traffic names no functions.
  virtual std::span<const std::string> functions() const = 0;

  // The end of what was recorded, where that is known; else it is the last call.
  virtual std::optional<TimePoint> end() const { return std::nullopt; }
};

}  // namespace smyth::traffic
