#include "telemetry/subscription.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace smyth::telemetry {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, category_count> category_names{"platform", "function",
                                                                      "extension"};
constexpr std::string_view oldest_schema = "2022-07-01";
constexpr std::array schemas{oldest_schema, std::string_view("2022-12-13"),
                             std::string_view("2025-01-29")};
constexpr std::array hosts{std::string_view("sandbox.localdomain"), std::string_view("sandbox")};
// That of Lambda's own Runtime API.
constexpr std::uint16_t reserved_port = 9'001;

using Mistake = std::optional<std::string>;  // None: it is well.

const json::value* member(const json::object& of, std::string_view name) {
  const json::value* found = of.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}

std::optional<std::string_view> text_of(const json::value* value) {
  if (!value || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

std::optional<std::int64_t> whole_number(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = value.to_number<std::int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

Mistake read_types(const json::value* types, Subscription& to) {
  if (!types || !types->is_array() || types->get_array().empty()) {
    return "types must be a list of platform, function, extension";
  }
  for (const json::value& type : types->get_array()) {
    const auto found = std::ranges::find(category_names, text_of(&type).value_or(""));
    if (found == category_names.end()) return "types may be platform, function, extension";
    to.categories |= static_cast<std::uint8_t>(1U << (found - category_names.begin()));
  }
  return std::nullopt;
}

struct Range {
  std::string_view name;
  std::int64_t low;
  std::int64_t high;
};

// Leaves `to` as it is where the member is not there.
Mistake read_number(const json::object& from, const Range& range, std::int64_t& to) {
  const json::value* value = member(from, range.name);
  if (!value) return std::nullopt;
  const auto number = whole_number(*value);
  if (!number || *number < range.low || *number > range.high) {
    return fmt::format("buffering.{} must be a whole number between {} and {}", range.name,
                       range.low, range.high);
  }
  to = *number;
  return std::nullopt;
}

Mistake read_buffering(const json::value* buffering, Buffering& to) {
  if (!buffering) return std::nullopt;
  if (!buffering->is_object()) return "buffering must be an object";
  const json::object& from = buffering->get_object();
  auto items = static_cast<std::int64_t>(to.items_max);
  auto bytes = static_cast<std::int64_t>(to.bytes_max);
  std::int64_t wait = std::chrono::duration_cast<std::chrono::milliseconds>(to.wait_max).count();
  if (auto wrong = read_number(from, {"maxItems", 1'000, 10'000}, items)) return wrong;
  if (auto wrong = read_number(from, {"maxBytes", 262'144, 1'048'576}, bytes)) return wrong;
  if (auto wrong = read_number(from, {"timeoutMs", 25, 30'000}, wait)) return wrong;
  to = {.items_max = static_cast<std::size_t>(items),
        .bytes_max = static_cast<std::size_t>(bytes),
        .wait_max = std::chrono::milliseconds(wait)};
  return std::nullopt;
}

bool may_stand_in_a_target(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

Mistake read_uri(std::string_view uri, Destination& to) {
  constexpr std::string_view scheme = "http://";
  if (!uri.starts_with(scheme)) return "destination.URI must begin with http://";
  uri.remove_prefix(scheme.size());
  const std::string_view authority = uri.substr(0, uri.find_first_of("/?"));
  const std::string_view target = uri.substr(authority.size());
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (std::ranges::find(hosts, host) == hosts.end()) {
    return "the host of destination.URI must be sandbox.localdomain";
  }
  to.port = 80;
  if (host.size() < authority.size()) {
    const std::string_view digits = authority.substr(host.size() + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), to.port);
    if (error != std::errc{} || end != digits.end()) return "destination.URI has no valid port";
  }
  if (!std::ranges::all_of(target, may_stand_in_a_target)) {
    return "destination.URI has a character that must be encoded";
  }
  to.host = authority;
  to.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return std::nullopt;
}

Mistake read_port(const json::value* port, Destination& to) {
  const auto number = port ? whole_number(*port) : std::nullopt;
  if (!number || *number < 1 || *number > 65'535) {
    return "destination.port must be a number between 1 and 65535";
  }
  to.port = static_cast<std::uint16_t>(*number);
  return std::nullopt;
}

Mistake read_destination(const json::value* destination, Destination& to) {
  if (!destination || !destination->is_object()) return "destination must be an object";
  const json::object& from = destination->get_object();
  const auto protocol = text_of(member(from, "protocol"));
  Mistake wrong;
  if (protocol == "HTTP") {
    const auto uri = text_of(member(from, "URI"));
    if (!uri) return "destination.URI is missing";
    wrong = read_uri(*uri, to);
  } else if (protocol == "TCP") {
    to.protocol = Destination::Protocol::tcp;
    wrong = read_port(member(from, "port"), to);
  } else {
    return "destination.protocol must be HTTP or TCP";
  }
  if (!wrong && to.port == 0) return "destination.URI has no valid port";
  if (!wrong && to.port == reserved_port) return "port 9001 is Lambda's own";
  return wrong;
}

}  // namespace

Category category_of(observe::LogEventType type) {
  switch (type) {
    case observe::LogEventType::function_line:
      return Category::function;
    case observe::LogEventType::extension_line:
      return Category::extension;
    case observe::LogEventType::init_start:
    case observe::LogEventType::init_runtime_done:
    case observe::LogEventType::init_report:
    case observe::LogEventType::start:
    case observe::LogEventType::runtime_done:
    case observe::LogEventType::report:
    case observe::LogEventType::restore_start:
    case observe::LogEventType::restore_runtime_done:
    case observe::LogEventType::restore_report:
    case observe::LogEventType::extension:
    case observe::LogEventType::telemetry_subscription:
    case observe::LogEventType::logs_dropped:
      break;
  }
  return Category::platform;
}

std::string Subscription::types() const {
  std::string words;
  for (std::size_t index = 0; index < category_count; ++index) {
    if (!wants(static_cast<Category>(index))) continue;
    if (!words.empty()) words += ',';
    words += category_names[index];
  }
  return words;
}

std::expected<Subscription, std::string> parse_subscription(std::string_view body) {
  if (body.size() > subscription_bytes_max) return std::unexpected("the body is too large");
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) return std::unexpected("the body must be a JSON object");
  const json::object& from = parsed.get_object();

  const auto schema =
      std::ranges::find(schemas, text_of(member(from, "schemaVersion")).value_or(""));
  if (schema == schemas.end()) {
    return std::unexpected(
        fmt::format("schemaVersion must be one of {}", fmt::join(schemas, ", ")));
  }
  Subscription subscription;
  subscription.takes_objects = *schema != oldest_schema;
  Mistake wrong = read_types(member(from, "types"), subscription);
  if (!wrong) wrong = read_buffering(member(from, "buffering"), subscription.buffering);
  if (!wrong) wrong = read_destination(member(from, "destination"), subscription.destination);
  if (wrong) return std::unexpected(std::move(*wrong));
  return subscription;
}

}  // namespace smyth::telemetry
