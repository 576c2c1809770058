#include "front/api_gateway.h"
#include "front/ascii.h"
#include "front/base64.h"
#include "front/json_reader.h"
#include "front/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace smyth::front {
namespace {

// The parts of a structured result, as the JSON texts they are written in; empty where absent.
struct Parts {
  std::string_view status_code;
  std::string_view headers;
  std::string_view body;
  std::string_view is_base64;
  std::string_view cookies;
};

std::unexpected<std::string> malformed(std::string reason) {
  return std::unexpected(std::move(reason));
}

bool is_string(std::string_view json) { return json.starts_with('"'); }
bool is_container(std::string_view json) { return json.starts_with('{') || json.starts_with('['); }
bool is_absent(std::string_view json) { return json.empty() || json == "null"; }

// What a scalar says: the content of a string, the text of a number or boolean.
std::string text_of(std::string_view json) {
  if (!is_string(json)) return std::string(json);
  std::string text;
  append_decoded(text, json.substr(1, json.size() - 2));
  return text;
}

std::string shown(std::string_view json) { return std::string(json.substr(0, 80)); }

void keep(Parts& parts, std::string_view key, std::string_view value) {
  std::string decoded;
  if (key.find('\\') != std::string_view::npos) {
    append_decoded(decoded, key);
    key = decoded;
  }
  if (key == "statusCode") {
    parts.status_code = value;
  } else if (key == "headers") {
    parts.headers = value;
  } else if (key == "body") {
    parts.body = value;
  } else if (key == "isBase64Encoded") {
    parts.is_base64 = value;
  } else if (key == "cookies") {
    parts.cookies = value;
  }
}

// --- Parts ---------------------------------------------------------------------------------------

// 200 to 599: an interim answer (1xx) cannot be final.
std::optional<unsigned> status_of(std::string_view json) {
  const std::string text = text_of(json);
  unsigned status = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, status);
  if (error != std::errc{} || read != end || text.size() != 3) return std::nullopt;
  return status >= 200 && status <= 599 ? std::optional(status) : std::nullopt;
}

// Of the connection, which is the server's; a handler's values would contradict it.
bool is_of_connection(std::string_view name) {
  for (const std::string_view own : {"content-length", "connection", "transfer-encoding",
                                     "keep-alive", "proxy-connection", "trailer", "upgrade"}) {
    if (equals_ignoring_case(name, own)) return true;
  }
  return false;
}

std::expected<void, std::string> add_headers(HttpResponse& response, std::string_view json) {
  JsonReader reader(json);
  if (!reader.open_object())
    return malformed(fmt::format("`headers` is no object: {}", shown(json)));
  while (reader.next_key()) {
    std::string name;
    append_decoded(name, reader.key());
    const std::string_view value = reader.value();
    if (is_container(value)) {
      return malformed(fmt::format("the value of the header `{}` is no string", name));
    }
    if (is_absent(value) || is_of_connection(name)) continue;
    std::string text = text_of(value);
    if (name.empty() || !token_chars.contains_all(name) || !value_chars.contains_all(text)) {
      return malformed(fmt::format("the header `{}` is not valid in HTTP", name));
    }
    response.headers.emplace_back(std::move(name), std::move(text));
  }
  return {};
}

std::expected<void, std::string> add_cookies(HttpResponse& response, std::string_view json) {
  JsonReader reader(json);
  if (!reader.open_array()) return malformed(fmt::format("`cookies` is no list: {}", shown(json)));
  while (reader.next_element()) {
    const std::string_view value = reader.value();
    if (!is_string(value)) return malformed("`cookies` holds something else than strings");
    std::string cookie = text_of(value);
    if (!value_chars.contains_all(cookie)) return malformed("a cookie is not valid in HTTP");
    response.headers.emplace_back("Set-Cookie", std::move(cookie));
  }
  return {};
}

std::expected<void, std::string> add_body(HttpResponse& response, const Parts& parts) {
  const bool is_encoded = parts.is_base64 == "true" || parts.is_base64 == R"("true")";
  if (!is_encoded && !is_absent(parts.is_base64) && parts.is_base64 != "false" &&
      parts.is_base64 != R"("false")") {
    return malformed(fmt::format("`isBase64Encoded` is no boolean: {}", shown(parts.is_base64)));
  }
  if (is_absent(parts.body)) return {};
  if (is_container(parts.body)) return malformed("`body` is no string (`json.dumps` makes it one)");
  response.body = text_of(parts.body);
  if (!is_encoded) return {};
  auto bytes = decode_base64(response.body);
  if (!bytes) return malformed("`isBase64Encoded` is true, but `body` is not base64");
  response.body = std::move(*bytes);
  return {};
}

// --- Whole results -------------------------------------------------------------------------------

std::expected<HttpResponse, std::string> structured(const Parts& parts) {
  HttpResponse response;
  const auto status = status_of(parts.status_code);
  if (!status) {
    return malformed(
        fmt::format("`statusCode` is no status from 200 to 599: {}", shown(parts.status_code)));
  }
  response.status = *status;
  if (!is_absent(parts.headers)) {
    if (auto added = add_headers(response, parts.headers); !added) return malformed(added.error());
  }
  const bool has_type = std::ranges::any_of(response.headers, [](const auto& header) {
    return equals_ignoring_case(header.first, "content-type");
  });
  if (!has_type && response.status != 204 && response.status != 304) {
    response.headers.emplace_back("Content-Type", "text/plain;charset=utf-8");
  }
  if (!is_absent(parts.cookies)) {
    if (auto added = add_cookies(response, parts.cookies); !added) return malformed(added.error());
  }
  if (auto added = add_body(response, parts); !added) return malformed(added.error());
  return response;
}

HttpResponse json_response(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::expected<HttpResponse, std::string> response_of_result(std::string_view result) {
  JsonReader reader(result);
  Parts parts;
  std::string_view value;
  const bool is_object = reader.open_object();
  if (is_object) {
    while (reader.next_key()) keep(parts, reader.key(), reader.value());
  } else {
    value = reader.value();
  }
  if (!reader.finish()) return malformed("the result is not JSON: " + reader.error());
  if (!parts.status_code.empty()) return structured(parts);
  return json_response(200, is_object ? std::string(result) : text_of(value));
}

HttpResponse internal_server_error() {
  return json_response(500, R"({"message":"Internal Server Error"})");
}
HttpResponse service_unavailable() {
  return json_response(503, R"({"message":"Service Unavailable"})");
}
HttpResponse not_found() { return json_response(404, R"({"message":"Not Found"})"); }
HttpResponse event_too_large() {
  return json_response(413, R"({"message":"Request Entity Too Large"})");
}

}  // namespace smyth::front
