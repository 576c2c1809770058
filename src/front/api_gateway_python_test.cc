#include "front/api_gateway.h"
#include "front/base64.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

// The event that the server makes and the one that the Python package makes for users' hooks are
// the same.
namespace smyth::front {
namespace {

namespace json = boost::json;

// Makes requests of pieces that have meaning somewhere: escapes, separators, broken UTF-8.
class RequestMaker {
 public:
  std::string text(std::initializer_list<std::string_view> pieces, std::size_t most) {
    std::string made;
    for (std::size_t count = number(most + 1); count > 0; --count)
      made += std::data(pieces)[number(pieces.size())];
    return made;
  }
  std::string path() {
    return "/" + text({"a",   "orders", "/", "/",  "%20", "%2F", "%3F", "+", "%C3%BC", "\xc3\xbc",
                       "%ff", "\xff",   "%", "%4", "%zz", "%00", "%22", "~", "%E2%82", ";"},
                      6);
  }
  std::string query() {
    return text(
        {"a",   "b",      "a=1",          "b=2", "&",   "&",    "&", "=",  "%61", "+",   "%2B",
         "%26", "%C3%BC", "\xe2\x82\xac", "%ff", "%FE", "\xfe", "%", "%4", "\"",  "%0a", "ab=c"},
        9);
  }
  std::string value() {
    return text({"1", "a", ", ", "\"", "\\", "\t", "\xc3\xbc", "\xfc", "\xe2\x82",
                 "longer than eight", " x"},
                3);
  }
  std::string cookie() { return text({"a=1", "b=2", ";", "; ", ";  ", " ", "\"", "\xff", "="}, 6); }
  std::string_view name() {
    constexpr std::string_view names[] = {"Host",
                                          "HOST",
                                          "User-Agent",
                                          "Accept",
                                          "accept",
                                          "X-A",
                                          "x-a",
                                          "X-B",
                                          "Cookie",
                                          "cookie",
                                          "Connection",
                                          "Keep-Alive",
                                          "Transfer-Encoding",
                                          "TE",
                                          "Trailer",
                                          "Upgrade",
                                          "Expect",
                                          "Proxy-Connection",
                                          "Content-Length",
                                          "X-Forwarded-For",
                                          "X-Forwarded-Port",
                                          "X-Forwarded-Proto",
                                          "X-Forwarded-Host",
                                          "Content-Type",
                                          "Content-Encoding",
                                          "Authorization",
                                          "x-amz-date"};
    return names[number(std::size(names))];
  }
  std::string type() {
    return text(
        {"application/json", "text/plain", "text/", ";", " ", "charset=utf-8", "APPLICATION/XML",
         "+json", "application/javascript", "image/png", "application/x-www-form-urlencoded"},
        3);
  }
  std::string host() {
    return text({"localhost", ":8080", "shop.example.com", "127.0.0.1", "[::1]", "[", ""}, 2);
  }
  std::string body() {
    return text({"", "{}", "text", "\"\\\n", "\xc3\xbc", "\xff", std::string_view("\0", 1)}, 3);
  }
  std::size_t number(std::size_t below) { return below == 0 ? 0 : random_() % below; }

 private:
  std::mt19937 random_{20261124};
};

struct Sent {
  std::string method;
  std::string path;
  std::string query;
  std::string pattern;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string target() const { return query.empty() ? path : path + "?" + query; }
};

Sent make(RequestMaker& maker) {
  constexpr std::string_view methods[] = {"GET", "POST", "DELETE", "PATCH"};
  constexpr std::string_view patterns[] = {"{path:path}", "/{path:path}", "/orders/{id}",
                                           "/{a:int}-{b:uuid}/{c}"};
  Sent sent{.method = std::string(methods[maker.number(4)]),
            .path = maker.path(),
            .query = maker.query(),
            .pattern = std::string(patterns[maker.number(4)]),
            .body = maker.body()};
  for (std::size_t count = maker.number(9); count > 0; --count) {
    const std::string_view name = maker.name();
    const std::string value = name == "Content-Type"                 ? maker.type()
                              : name == "Host" || name == "HOST"     ? maker.host()
                              : name == "Cookie" || name == "cookie" ? maker.cookie()
                                                                     : maker.value();
    sent.headers.emplace_back(name, value);
  }
  return sent;
}

// Each byte as the character of its number: how bytes travel to the hooks.
std::string latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      text += static_cast<char>(0xc0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3f));
    } else {
      text += c;
    }
  }
  return text;
}

json::value ours(const Sent& sent) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : sent.headers) fields.push_back({name, value});
  const std::string target = sent.target();
  const auto pattern = PathPattern::parse(sent.pattern);
  const auto params = pattern->match(percent_decode(sent.path)).value_or(PathParams{});
  std::string text;
  append_event(text,
               {.method = sent.method,
                .target = target,
                .path = sent.path,
                .query = sent.query,
                .headers = fields,
                .body = sent.body,
                .source_ip = "127.0.0.1"},
               {.route_key = pattern->route_key(),
                .path_params = &params,
                .time_unix_ms = 1'795'555'800'123,
                .server_port = 8080});
  return json::parse(text);
}

json::object line(const Sent& sent, const json::value& event) {
  json::array headers;
  for (const auto& [name, value] : sent.headers) headers.push_back({latin1(name), latin1(value)});
  std::string body;
  append_base64(body, sent.body);
  const auto* params = event.as_object().if_contains("pathParameters");
  return {{"method", sent.method},   {"target", latin1(sent.target())},
          {"headers", headers},      {"body", body},
          {"pattern", sent.pattern}, {"params", params ? *params : json::object()}};
}

// What is different by its nature: ids.
json::value comparable(json::value event) {
  event.at("requestContext").as_object().erase("requestId");
  event.at("headers").as_object().erase("x-amzn-trace-id");
  return event;
}

TEST(Event, IsTheSameInThePythonPackage) {
  RequestMaker maker;
  std::vector<json::value> expected;
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("smyth-events-" + std::to_string(std::random_device()()));
  {
    std::ofstream requests(file);
    for (int i = 0; i < 3'000; ++i) {
      const Sent sent = make(maker);
      expected.push_back(ours(sent));
      requests << json::serialize(line(sent, expected.back())) << '\n';
    }
  }
  const std::string command = "python3 test/python/event_of_requests.py " + file.string();
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(popen(command.c_str(), "r"), pclose);
  ASSERT_TRUE(output);
  std::array<char, 1 << 16> text;
  std::size_t count = 0;
  while (std::fgets(text.data(), text.size(), output.get())) {
    ASSERT_LT(count, expected.size());
    EXPECT_EQ(comparable(json::parse(text.data())), comparable(expected[count])) << count;
    if (HasFailure()) break;
    ++count;
  }
  EXPECT_EQ(count, expected.size());
  if (!HasFailure()) std::filesystem::remove(file);
}

}  // namespace
}  // namespace smyth::front
