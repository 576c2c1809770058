// A request to the Invoke API: an invocation whose payload is JSON, or an error that SDKs can read.
#include "base/check.h"
#include "front/function_name.h"
#include "front/invoke_api.h"
#include "front/router.h"
#include "request.h"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <regex>
#include <string>

using namespace smyth;

namespace {

void check_name(std::string_view text) {
  static const std::regex pattern{std::string(front::function_name_pattern)};
  const std::string name = front::percent_decode(text);
  if (name.size() > 256) return;
  SMYTH_CHECK(front::parse_function_name(name).has_value() == std::regex_match(name, pattern));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedRequest given({reinterpret_cast<const char*>(data), size});
  check_name(given.request.path);
  const std::string path = "/2015-03-31/functions/" + std::string(given.request.path);
  given.request.path = path;
  SMYTH_CHECK(front::is_invoke_path(path));
  const auto parsed = front::parse_invoke(
      given.request, {}, [](std::string_view name) { return name != "none"; }, "id");
  if (parsed) {
    SMYTH_CHECK(front::check_json(parsed->payload).has_value());
    SMYTH_CHECK(parsed->client_context.empty() || front::check_json(parsed->client_context));
    SMYTH_CHECK(parsed->invoked_arn.starts_with(front::function_arn({}, parsed->function_name)));
    return 0;
  }
  const front::HttpResponse& response = parsed.error();
  SMYTH_CHECK(response.status >= 400 && response.status <= 413);
  SMYTH_CHECK(response.headers.at(1).first == "x-amzn-ErrorType");
  const auto body = boost::json::parse(response.body).as_object();
  SMYTH_CHECK(body.contains("message") != body.contains("Message"));
  return 0;
}
