#include "front/api_gateway.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

// Each rule of docs/reference/lambda-http.md, "The event".
namespace smyth::front {
namespace {

namespace json = boost::json;

struct Made {
  std::string_view method = "GET";
  std::string_view target = "/";
  std::vector<HeaderField> headers = {{"Host", "shop.example.com"}};
  std::string_view body = {};
  PathParams params = {};
  EventContext context = {};
};

std::string text_of(const Made& made) {
  const std::size_t mark = made.target.find('?');
  HttpRequest request{.method = made.method,
                      .target = made.target,
                      .path = made.target.substr(0, mark),
                      .headers = made.headers,
                      .body = made.body,
                      .source_ip = "127.0.0.1"};
  if (mark != std::string_view::npos) request.query = made.target.substr(mark + 1);
  EventContext context = made.context;
  context.path_params = &made.params;
  std::string text = "before";
  append_event(text, request, context);
  EXPECT_TRUE(text.starts_with("before"));
  return text.substr(6);
}

json::object event(const Made& made) { return json::parse(text_of(made)).as_object(); }

json::value headers(std::vector<HeaderField> fields) {
  json::value found = event({.headers = std::move(fields)}).at("headers");
  for (const char* added : {"content-length", "x-amzn-trace-id", "x-forwarded-for",
                            "x-forwarded-port", "x-forwarded-proto"}) {
    EXPECT_TRUE(found.as_object().erase(added)) << added;
  }
  return found;
}

TEST(Event, IsWhole) {
  const std::vector<HeaderField> fields = {{"Host", "shop.example.com:8080"},
                                           {"User-Agent", "curl/8.1"},
                                           {"Content-Type", "application/json"},
                                           {"Cookie", "a=1; b=2"}};
  EXPECT_EQ(text_of({.method = "POST",
                     .target = "/orders/7?x=1",
                     .headers = fields,
                     .body = R"({"n": 1})",
                     .params = {{"id", "7"}},
                     .context = {.route_key = "ANY /orders/{id}",
                                 .request_id = "0193a5c2-0000-7000-8000-0123456789ab",
                                 .trace_id = "Root=1-2-3",
                                 .time_unix_ms = 1'795'555'800'123,
                                 .server_port = 8080}}),
            R"({"version":"2.0","routeKey":"ANY /orders/{id}","rawPath":"/orders/7",)"
            R"("rawQueryString":"x=1","cookies":["a=1","b=2"],"headers":{)"
            R"("host":"shop.example.com:8080","user-agent":"curl/8.1",)"
            R"("content-type":"application/json","content-length":"8",)"
            R"("x-amzn-trace-id":"Root=1-2-3","x-forwarded-for":"127.0.0.1",)"
            R"("x-forwarded-port":"8080","x-forwarded-proto":"http"},)"
            R"("queryStringParameters":{"x":"1"},"requestContext":{)"
            R"("accountId":"123456789012","apiId":"smyth","domainName":"shop.example.com:8080",)"
            R"("domainPrefix":"shop","http":{"method":"POST","path":"/orders/7",)"
            R"("protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"curl/8.1"},)"
            R"("requestId":"0193a5c2-0000-7000-8000-0123456789ab","routeKey":"ANY /orders/{id}",)"
            R"("stage":"$default","time":"24/Nov/2026:21:30:00 +0000","timeEpoch":1795555800123},)"
            R"("pathParameters":{"id":"7"},"body":"{\"n\": 1}","isBase64Encoded":false})");
}

TEST(Event, LeavesOutWhatThereIsNot) {
  const json::object found = event({});
  for (const char* absent :
       {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}) {
    EXPECT_FALSE(found.contains(absent)) << absent;
  }
  EXPECT_EQ(found.at("rawQueryString"), "");
  EXPECT_EQ(found.at("isBase64Encoded"), false);
  EXPECT_EQ(found.at("requestContext").at("http").at("userAgent"), "");
}

TEST(Event, DecodesThePathAndCutsItAtADecodedQuestionMark) {
  const std::pair<const char*, const char*> table[] = {
      {"/a%20b/%C3%BC", "/a b/ü"},
      {"/a%2Fb", "/a/b"},
      {"/a%3Fb", "/a"},
      {"/a+b", "/a+b"},
      {"/%2525", "/%25"},
      {"/%zz%4", "/%zz%4"},
      {"/%FF\xfe/x", "/\ufffd\ufffd/x"},
      {"/%22%5C%0A", "/\"\\\n"},
      {"//a//", "//a//"},
  };
  for (const auto& [target, path] : table) {
    const json::object found = event({.target = target});
    EXPECT_EQ(found.at("rawPath"), path) << target;
    EXPECT_EQ(found.at("requestContext").at("http").at("path"), path) << target;
  }
}

TEST(Event, HasTheQueryAsSentAndDecoded) {
  const std::pair<const char*, const char*> table[] = {
      {"a=1&b=2", R"({"a":"1","b":"2"})"},
      {"a=1&b=2&a=3&a=", R"({"a":"1,3,","b":"2"})"},
      {"a%62=1&ab=2&%61b=3", R"({"ab":"1,2,3"})"},
      {"a=1+2%2B3&b+c=%C3%BC", R"({"a":"1 2+3","b c":"ü"})"},
      {"a", R"({"a":""})"},
      {"=x", R"({"":"x"})"},
      {"a=b=c", R"({"a":"b=c"})"},
      {"&&a=1&", R"({"a":"1"})"},
      {"a=%FF", R"({"a":"�"})"},
      {"a=%22%5C", R"({"a":"\"\\"})"},
  };
  for (const auto& [query, expected] : table) {
    const json::object found = event({.target = std::string("/?") + query});
    EXPECT_EQ(found.at("rawQueryString"), query);
    EXPECT_EQ(found.at("queryStringParameters"), json::parse(expected)) << query;
  }
  EXPECT_FALSE(event({.target = "/?"}).contains("queryStringParameters"));
  EXPECT_FALSE(event({.target = "/?&&"}).contains("queryStringParameters"));
}

TEST(Event, LowersHeaderNamesAndJoinsRepeatedOnes) {
  EXPECT_EQ(headers({{"X-A", "1"}, {"Accept", "*/*"}, {"x-a", "2, 3"}, {"X-a", ""}}),
            json::parse(R"({"x-a":"1,2, 3,","accept":"*/*"})"));
  const std::string long_name(150, 'X');
  EXPECT_EQ(headers({{long_name, "1"}}), (json::object{{std::string(150, 'x'), "1"}}));
}

TEST(Event, JoinsNoDifferentHeadersThatLookAlike) {
  EXPECT_EQ(headers({{"aXbXc", "1"}, {"aYbYc", "2"}, {"AxBxC", "3"}}),
            json::parse(R"({"axbxc":"1,3","aybyc":"2"})"));
}

TEST(Event, TakesHeaderBytesForUtf8) {
  EXPECT_EQ(headers({{"A", "S\xc3\xa3o"}, {"B", "S\xe3o"}, {"C", "\x01\"\\"}}),
            json::parse("{\"a\":\"São\",\"b\":\"S\ufffdo\",\"c\":\"\\u0001\\\"\\\\\"}"));
}

TEST(Event, LeavesOutWhatConcernsTheConnectionAlone) {
  EXPECT_EQ(headers({{"Connection", "keep-alive"},
                     {"Keep-Alive", "timeout=5"},
                     {"Transfer-Encoding", "chunked"},
                     {"TE", "trailers"},
                     {"Trailer", "x"},
                     {"Upgrade", "h2c"},
                     {"Expect", "100-continue"},
                     {"Proxy-Connection", "close"},
                     {"Accept", "*/*"}}),
            json::parse(R"({"accept":"*/*"})"));
}

TEST(Event, AddsWhatTheGatewayAdds) {
  const auto added = event({.headers = {{"X-Forwarded-For", "1.2.3.4"},
                                        {"X-Forwarded-Port", "443"},
                                        {"X-Forwarded-Proto", "https"},
                                        {"Content-Length", "99"}},
                            .body = "four",
                            .context = {.request_id = "0193a5c2-0000-7000-8000-0123456789ab",
                                        .time_unix_ms = 1'795'555'800'123,
                                        .server_port = 8080}})
                         .at("headers");
  EXPECT_EQ(added, (json::object{{"content-length", "4"},
                                 {"x-amzn-trace-id",
                                  "Root=1-6b0601d8-000070008000"
                                  "0123456789ab"},
                                 {"x-forwarded-for", "1.2.3.4, 127.0.0.1"},
                                 {"x-forwarded-port", "8080"},
                                 {"x-forwarded-proto", "http"}}));
}

TEST(Event, KeepsTheClientsTraceIdUnlessGivenAnother) {
  const std::vector<HeaderField> fields = {{"X-Amzn-Trace-Id", "Root=1-a-b"}};
  EXPECT_EQ(event({.headers = fields}).at("headers").at("x-amzn-trace-id"), "Root=1-a-b");
  EXPECT_EQ(event({.headers = fields, .context = {.trace_id = "Root=1-c-d"}})
                .at("headers")
                .at("x-amzn-trace-id"),
            "Root=1-c-d");
}

TEST(Event, HasATraceIdMadeOfTimeAndRequestId) {
  EXPECT_EQ(make_trace_id("0193a5c2-0000-7000-8000-0123456789ab", 1'795'555'800'123),
            "Root=1-6b0601d8-0000700080000123456789ab");
  EXPECT_EQ(make_trace_id("short", 0), "Root=1-00000000-0000000000000000000short");
}

TEST(Event, SplitsCookiesAndTakesThemOutOfTheHeaders) {
  const auto found = event({.headers = {{"Cookie", "a=1; b=\"2\";c; ;d=4 "}, {"cookie", "e=5"}}});
  EXPECT_EQ(found.at("cookies"), json::parse(R"(["a=1","b=\"2\"","c","d=4 ","e=5"])"));
  EXPECT_FALSE(found.at("headers").as_object().contains("cookie"));
  EXPECT_FALSE(event({.headers = {{"Cookie", ""}}}).contains("cookies"));
}

TEST(Event, SendsBodiesAsTextOrBase64) {
  struct Row {
    const char* type;
    std::string_view body;
    bool is_base64;
    const char* expected;
  };
  const Row table[] = {
      {"application/json", "{}", false, "{}"},
      {"Application/JSON ; charset=utf-8", "{}", false, "{}"},
      {"application/xml", "<a/>", false, "<a/>"},
      {"application/javascript", "x", false, "x"},
      {"text/anything", "ü", false, "ü"},
      {"text/plain", "\xff", true, "/w=="},
      {"application/x-www-form-urlencoded", "a=1", true, "YT0x"},
      {"application/octet-stream", "ab", true, "YWI="},
      {"application/problem+json", "{}", true, "e30="},
      {"multipart/form-data; boundary=x", "abcd", true, "YWJjZA=="},
      {"", "a", true, "YQ=="},
  };
  for (const Row& row : table) {
    const auto found = event({.headers = {{"Content-Type", row.type}}, .body = row.body});
    EXPECT_EQ(found.at("isBase64Encoded"), row.is_base64) << row.type;
    EXPECT_EQ(found.at("body"), row.expected) << row.type;
  }
  EXPECT_EQ(event({.headers = {}, .body = "a"}).at("body"), "YQ==");
  EXPECT_EQ(event({.headers = {{"Content-Type", "image/png"}}}).at("isBase64Encoded"), false);
}

TEST(Event, NamesTheDomainByTheHost) {
  const std::pair<const char*, const char*> table[] = {
      {"shop.example.com", "shop"},
      {"localhost:8080", "localhost"},
      {"127.0.0.1:80", "127"},
      {"[::1]:8080", "[::1]"},
      {"[::", ""},
      {"", ""},
  };
  for (const auto& [host, prefix] : table) {
    const auto found = event({.headers = {{"Host", host}}}).at("requestContext").as_object();
    EXPECT_EQ(found.at("domainName"), host);
    EXPECT_EQ(found.at("domainPrefix"), prefix) << host;
  }
}

TEST(Event, WritesTheTimeInUtc) {
  const std::pair<std::int64_t, const char*> table[] = {
      {0, "01/Jan/1970:00:00:00 +0000"},
      {951'782'399'999, "28/Feb/2000:23:59:59 +0000"},
      {951'782'400'000, "29/Feb/2000:00:00:00 +0000"},
      {4'102'444'799'000, "31/Dec/2099:23:59:59 +0000"},
  };
  for (const auto& [time, text] : table) {
    const auto found = event({.context = {.time_unix_ms = time}}).at("requestContext").as_object();
    EXPECT_EQ(found.at("time"), text);
    EXPECT_EQ(found.at("timeEpoch"), time);
  }
}

TEST(Event, ReplacesWhatIsNotUtf8InPathParameters) {
  EXPECT_EQ(event({.params = {{"a", "\xff\""}, {"b", ""}}}).at("pathParameters"),
            json::parse("{\"a\":\"\ufffd\\\"\",\"b\":\"\"}"));
}

TEST(Event, NamesHttp10) {
  const HttpRequest request{.method = "GET", .target = "/", .path = "/", .version = 10};
  std::string text;
  append_event(text, request, {});
  EXPECT_EQ(json::parse(text).at("requestContext").at("http").at("protocol"), "HTTP/1.0");
}

}  // namespace
}  // namespace smyth::front
