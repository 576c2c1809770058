// A text, as the body of a subscription and as the head of a subscriber's answer. What must hold:
// what is taken lies within Lambda's limits and leads to a port of this machine, and nothing of it
// can end the request line or a header.
#include "base/check.h"
#include "telemetry/reply.h"
#include "telemetry/subscription.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace smyth;
using namespace smyth::telemetry;

namespace {

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

void check(const Subscription& subscription) {
  const auto& [items, bytes, wait] = subscription.buffering;
  SMYTH_CHECK(items >= 1'000 && items <= 10'000);
  SMYTH_CHECK(bytes >= 262'144 && bytes <= 1'048'576);
  SMYTH_CHECK(wait >= std::chrono::milliseconds(25) && wait <= std::chrono::seconds(30));
  SMYTH_CHECK(subscription.categories > 0 && subscription.categories < 8);
  SMYTH_CHECK(!subscription.types().empty());
  const Destination& to = subscription.destination;
  SMYTH_CHECK(to.port != 0 && to.port != 9'001);
  const bool is_http = to.protocol == Destination::Protocol::http;
  SMYTH_CHECK(to.host.starts_with("sandbox") == is_http);
  SMYTH_CHECK(to.target.starts_with('/') == is_http);
  SMYTH_CHECK(is_printable(to.host) && is_printable(to.target));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto subscription = parse_subscription(text);
  if (subscription) check(*subscription);
  if (!subscription) SMYTH_CHECK(!subscription.error().empty());
  if (const auto reply = parse_reply(text)) {
    SMYTH_CHECK(reply->status >= 100 && reply->status <= 999);
    if (reply->keeps_connection) SMYTH_CHECK(reply->body_bytes <= reply_body_bytes_max);
    if (reply->keeps_connection) SMYTH_CHECK(reply->body_bytes.has_value());
  }
  return 0;
}
