// What a handler's process wrote as its result: a response that HTTP can carry, or a reason.
#include "base/check.h"
#include "front/api_gateway.h"
#include "strict_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace smyth;

namespace {

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto response = front::response_of_result(text);
  const auto judged = strict_json(text);
  if (!response) {
    SMYTH_CHECK(!response.error().empty());
    const bool is_json = !response.error().starts_with("the result is not JSON");
    const bool is_deep = response.error().find("nesting depth") != std::string::npos;
    if (judged && !is_deep) SMYTH_CHECK(judged->is_valid == is_json);
    return 0;
  }
  SMYTH_CHECK(response->status >= 200 && response->status <= 599);
  for (const auto& [name, value] : response->headers) {
    SMYTH_CHECK(!name.empty() && is_one_line(name) &&
                name.find_first_of(": ") == std::string::npos);
    SMYTH_CHECK(is_one_line(value));
  }
  if (!judged) return 0;
  SMYTH_CHECK(judged->is_valid);
  if (const auto* content = judged->value.if_string()) SMYTH_CHECK(response->body == *content);
  const auto* object = judged->value.if_object();
  if (object && object->contains("statusCode") && object->contains("body") &&
      !object->contains("isBase64Encoded")) {
    if (const auto* body = object->at("body").if_string()) SMYTH_CHECK(response->body == *body);
  }
  return 0;
}
