#include "runtime_api/register_request.h"

#include <boost/json.hpp>

namespace smyth::runtime_api {
namespace {

namespace json = boost::json;

constexpr std::size_t body_bytes_max = 64u << 10;
constexpr std::size_t event_bytes_max = 255;  // It is said back.

Result<std::vector<std::string>> texts(const json::object& object, std::string_view key) {
  std::vector<std::string> found;
  const json::value* value = object.if_contains(key);
  if (!value || value->is_null()) return found;
  const std::string what = std::string(key) + " is not a list of strings";
  if (!value->is_array()) return fail(what);
  for (const json::value& each : value->get_array()) {
    if (!each.is_string()) return fail(what);
    found.emplace_back(std::string_view(each.get_string()).substr(0, event_bytes_max));
  }
  return found;
}

}  // namespace

Result<RegisterRequest> parse_register_request(std::string_view body) {
  if (body.size() > body_bytes_max) return fail("the body is too large");
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error) return fail("the body is not JSON");
  if (parsed.is_null()) return RegisterRequest{};
  if (!parsed.is_object()) return fail("the body is not a JSON object");
  auto events = texts(parsed.get_object(), "events");
  if (!events) return std::unexpected(events.error());
  auto keys = texts(parsed.get_object(), "configurationKeys");
  if (!keys) return std::unexpected(keys.error());
  if (!keys->empty()) {
    return fail("configurationKeys are not supported: use environment variables");
  }
  return RegisterRequest{.events = std::move(*events)};
}

bool accepts_account_id(std::string_view features) {
  while (!features.empty()) {
    std::string_view feature = features.substr(0, features.find(','));
    features.remove_prefix(std::min(feature.size() + 1, features.size()));
    while (feature.starts_with(' ')) feature.remove_prefix(1);
    while (feature.ends_with(' ')) feature.remove_suffix(1);
    if (feature == "accountId") return true;
  }
  return false;
}

}  // namespace smyth::runtime_api
