// A request, and the event that is made of it: always JSON, with the request's own bytes in it.
#include "base/check.h"
#include "front/api_gateway.h"
#include "front/base64.h"
#include "front/json_reader.h"
#include "front/json_text.h"
#include "request.h"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

using namespace smyth;

namespace {

namespace json = boost::json;

void check_keys_differ(std::string_view object) {
  front::JsonReader reader(object);
  std::set<std::string_view> keys;
  SMYTH_CHECK(reader.open_object());
  while (reader.next_key()) {
    SMYTH_CHECK(keys.insert(reader.key()).second);
    reader.value();
  }
  SMYTH_CHECK(reader.finish());
}

// The keys of the event and of the objects right within it.
void check_all_keys_differ(std::string_view event) {
  check_keys_differ(event);
  front::JsonReader reader(event);
  SMYTH_CHECK(reader.open_object());
  while (reader.next_key()) {
    const std::string_view value = reader.value();
    if (value.starts_with('{')) check_keys_differ(value);
  }
  SMYTH_CHECK(reader.finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzedRequest given({reinterpret_cast<const char*>(data), size});
  const front::HttpRequest& request = given.request;
  const front::PathParams params = {{"path", front::percent_decode(request.path)}};
  std::string text;
  front::append_event(text, request,
                      {.route_key = "ANY /{path+}",
                       .path_params = &params,
                       .request_id = "0193a5c2-0000-7000-8000-0123456789ab",
                       .time_unix_ms = 1'795'555'800'123,
                       .server_port = 8080});
  const json::object event = json::parse(text).as_object();
  check_all_keys_differ(text);

  SMYTH_CHECK(event.contains("body") == !request.body.empty());
  if (!request.body.empty()) {
    const std::string body(event.at("body").as_string());
    const bool is_base64 = event.at("isBase64Encoded").as_bool();
    SMYTH_CHECK((is_base64 ? front::decode_base64(body) : body) == request.body);
  }
  std::string query;
  front::append_utf8(query, request.query);
  SMYTH_CHECK(event.at("rawQueryString").as_string() == query);
  SMYTH_CHECK(event.at("rawPath") == event.at("requestContext").at("http").at("path"));
  return 0;
}
