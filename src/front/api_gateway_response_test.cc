#include "front/api_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Each rule of docs/reference/lambda-http.md, "The response".
namespace smyth::front {
namespace {

using Header = std::pair<std::string, std::string>;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Header json_type{"Content-Type", "application/json"};
const Header text_type{"Content-Type", "text/plain;charset=utf-8"};

HttpResponse response(std::string_view result) {
  auto made = response_of_result(result);
  if (made) return std::move(*made);
  ADD_FAILURE() << result << ": " << made.error();
  return {};
}

std::string reason(std::string_view result) {
  const auto made = response_of_result(result);
  return made ? "it is well formed" : made.error();
}

TEST(Response, IsInferredFromAnyOtherValue) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"message": "hi", "n": 1.0})", R"({"message": "hi", "n": 1.0})"},
      {R"({"status_code": 201})", R"({"status_code": 201})"},
      {"{}", "{}"},
      {R"(["hello", 3, true])", R"(["hello", 3, true])"},
      {"null", "null"},
      {"true", "true"},
      {"12345678901234567890.10", "12345678901234567890.10"},
      {" [1] ", "[1]"},
      {R"("hello \u00fc \ud83d\ude00 \"")", "hello ü 😀 \""},
      {R"("")", ""},
  };
  for (const auto& [result, body] : table) {
    const HttpResponse made = response(result);
    EXPECT_EQ(made.status, 200u) << result;
    EXPECT_EQ(made.body, body) << result;
    EXPECT_THAT(made.headers, ElementsAre(json_type)) << result;
  }
}

TEST(Response, IsWhatAStructuredResultSays) {
  const HttpResponse made = response(R"({"statusCode": 201, "headers": {"X-A": "1", "content-type":
      "text/html"}, "cookies": ["a=1; Path=/", "b=2"], "body": "<p>\u00fc</p>", "unknown": [{}]})");
  EXPECT_EQ(made.status, 201u);
  EXPECT_EQ(made.body, "<p>ü</p>");
  EXPECT_THAT(made.headers,
              ElementsAre(Header("X-A", "1"), Header("content-type", "text/html"),
                          Header("Set-Cookie", "a=1; Path=/"), Header("Set-Cookie", "b=2")));
}

TEST(Response, HasDefaults) {
  const HttpResponse made = response(R"({"statusCode": 200})");
  EXPECT_EQ(made.status, 200u);
  EXPECT_EQ(made.body, "");
  EXPECT_THAT(made.headers, ElementsAre(text_type));
  EXPECT_THAT(response(R"({"statusCode": 204})").headers, IsEmpty());
  EXPECT_THAT(response(R"({"statusCode":200,"headers":null,"body":null,"cookies":null,)"
                       R"("isBase64Encoded":null})")
                  .headers,
              ElementsAre(text_type));
}

TEST(Response, TakesAStatusInQuotes) {
  EXPECT_EQ(response(R"({"statusCode": "404"})").status, 404u);
  EXPECT_EQ(response(R"({"status\u0043ode": 404})").status, 404u);
  EXPECT_EQ(response(R"({"statusCode": 200, "statusCode": 500})").status, 500u);
}

TEST(Response, RefusesOtherStatuses) {
  for (const char* status : {"null", "\"test\"", "200.0", "2e2", "\"\"", "-200", "99", "100", "600",
                             "1000", "true", "[200]", "{}", "\"+200\"", "\" 200\""}) {
    EXPECT_THAT(reason(std::string(R"({"statusCode": )") + status + "}"),
                HasSubstr("`statusCode` is no status"))
        << status;
  }
}

TEST(Response, WritesScalarHeadersAsText) {
  EXPECT_THAT(
      response(R"({"statusCode": 200, "headers": {"a": 1.50, "b": true, "c": null, "d": ""}})")
          .headers,
      ElementsAre(Header("a", "1.50"), Header("b", "true"), Header("d", ""), text_type));
}

TEST(Response, LeavesTheConnectionToTheServer) {
  EXPECT_THAT(response(R"({"statusCode": 200, "headers": {"Content-Length": "999",
      "connection": "close", "Transfer-Encoding": "chunked", "Date": "today"}})")
                  .headers,
              ElementsAre(Header("Date", "today"), text_type));
}

TEST(Response, IgnoresWhatBelongsToVersion1) {
  EXPECT_THAT(response(R"({"statusCode": 200, "multiValueHeaders": {"a": ["1"]}})").headers,
              ElementsAre(text_type));
}

TEST(Response, DecodesBase64) {
  EXPECT_EQ(response(R"({"statusCode":200,"body":"AP+A","isBase64Encoded":true})").body,
            std::string("\0\xff\x80", 3));
  EXPECT_EQ(response(R"({"statusCode":200,"body":"AP+A","isBase64Encoded":"true"})").body,
            std::string("\0\xff\x80", 3));
  EXPECT_EQ(response(R"({"statusCode":200,"body":"AP+A","isBase64Encoded":false})").body, "AP+A");
  EXPECT_EQ(response(R"({"statusCode":200,"isBase64Encoded":true})").body, "");
}

TEST(Response, DecodesEscapes) {
  EXPECT_EQ(
      response(R"({"statusCode":200,"body":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"})")
          .body,
      "\"\\/\b\f\n\r\tAé€😀");
  // A lone half of a pair, in front, alone and the wrong way round.
  EXPECT_EQ(response(R"({"statusCode":200,"body":"\ud83d \ude00 \ude00\ud83d\u0041 \ud83d"})").body,
            "\ufffd \ufffd \ufffd\ufffdA \ufffd");
}

TEST(Response, TakesScalarBodiesAsText) {
  EXPECT_EQ(response(R"({"statusCode":200,"body":12.50})").body, "12.50");
  EXPECT_EQ(response(R"({"statusCode":200,"body":true})").body, "true");
}

TEST(Response, RefusesWhatIsMalformed) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"statusCode":200,"body":{}})", "`body` is no string"},
      {R"({"statusCode":200,"body":[1]})", "`body` is no string"},
      {R"({"statusCode":200,"headers":[]})", "`headers` is no object"},
      {R"({"statusCode":200,"headers":"a"})", "`headers` is no object"},
      {R"({"statusCode":200,"headers":{"a":["1"]}})", "the value of the header `a`"},
      {R"({"statusCode":200,"headers":{"a":{}}})", "the value of the header `a`"},
      {R"({"statusCode":200,"headers":{"a b":"1"}})", "the header `a b`"},
      {R"({"statusCode":200,"headers":{"":"1"}})", "the header ``"},
      {R"({"statusCode":200,"headers":{"a":"1\r\nb: 2"}})", "the header `a`"},
      {R"({"statusCode":200,"headers":{"a":"\u0000"}})", "the header `a`"},
      {R"({"statusCode":200,"cookies":"a=1"})", "`cookies` is no list"},
      {R"({"statusCode":200,"cookies":[1]})", "`cookies` holds"},
      {R"({"statusCode":200,"cookies":["a\nb"]})", "a cookie"},
      {R"({"statusCode":200,"isBase64Encoded":1})", "`isBase64Encoded` is no boolean"},
      {R"({"statusCode":200,"body":"a b=","isBase64Encoded":true})", "not base64"},
      {R"({"statusCode":200,"body":"a","isBase64Encoded":true})", "not base64"},
      {"", "the result is not JSON"},
      {"NaN", "the result is not JSON"},
      {R"({"statusCode":200,"x":NaN})", "the result is not JSON"},
      {R"([Infinity])", "the result is not JSON"},
      {R"([-Infinity])", "the result is not JSON"},
      {R"({"statusCode":200} x)", "the result is not JSON"},
      {R"({"statusCode":200,})", "the result is not JSON"},
      {R"({"statusCode" 200})", "the result is not JSON"},
      {R"({"statusCode":200)", "the result is not JSON"},
      {R"({"statusCode":200 "body":""})", "the result is not JSON"},
      {"\"\xff\"", "the result is not JSON"},
  };
  for (const auto& [result, expected] : table)
    EXPECT_THAT(reason(result), HasSubstr(expected)) << result;
}

TEST(Response, HasTheGatewaysOwnErrors) {
  EXPECT_EQ(internal_server_error().body, R"({"message":"Internal Server Error"})");
  EXPECT_EQ(internal_server_error().status, 500u);
  EXPECT_EQ(service_unavailable().body, R"({"message":"Service Unavailable"})");
  EXPECT_EQ(service_unavailable().status, 503u);
  EXPECT_EQ(not_found().body, R"({"message":"Not Found"})");
  EXPECT_EQ(not_found().status, 404u);
  EXPECT_EQ(event_too_large().body, R"({"message":"Request Entity Too Large"})");
  EXPECT_EQ(event_too_large().status, 413u);
  EXPECT_THAT(not_found().headers, ElementsAre(json_type));
}

}  // namespace
}  // namespace smyth::front
