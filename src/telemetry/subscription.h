#pragma once

#include "base/time.h"
#include "observe/log_event.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace smyth::telemetry {

// What an extension subscribes to (reference: lambda-telemetry.md).
enum class Category : std::uint8_t { platform, function, extension };
inline constexpr std::size_t category_count = 3;

// Which of them a record is of.
Category category_of(observe::LogEventType type);

// How much is gathered before it is sent: what is reached first.
struct Buffering {
  std::size_t items_max = 10'000;
  std::size_t bytes_max = 262'144;
  Duration wait_max = std::chrono::seconds(1);
  bool operator==(const Buffering&) const = default;
};

// Where it is sent: always to a port of this machine.
struct Destination {
  enum class Protocol : std::uint8_t { http, tcp };
  Protocol protocol = Protocol::http;
  std::uint16_t port = 0;
  std::string host;    // As the extension names this machine; HTTP only.
  std::string target;  // "/events?a=b"; HTTP only.
  bool operator==(const Destination&) const = default;
};

struct Subscription {
  // Since schema 2022-12-13 a line of the log that is a JSON object arrives as one, where the
  // function's log has the JSON format.
  bool takes_objects = true;
  std::uint8_t categories = 0;  // A bit each.
  Buffering buffering;
  Destination destination;

  bool wants(Category category) const {
    return (categories >> static_cast<unsigned>(category) & 1U) != 0;
  }
  // "platform,function"
  std::string types() const;
  bool operator==(const Subscription&) const = default;
};

// The body of a request is at most so large.
inline constexpr std::size_t subscription_bytes_max = 65'536;

// What the body of `PUT /2022-07-01/telemetry` asks for. The error says what is wrong with it.
std::expected<Subscription, std::string> parse_subscription(std::string_view body);

}  // namespace smyth::telemetry
