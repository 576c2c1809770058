#include "telemetry/subscription.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smyth::telemetry {
namespace {

std::string with(std::string_view schema, std::string_view types, std::string_view destination,
                 std::string_view more = "") {
  return std::string(R"({"schemaVersion":)") + std::string(schema) + R"(,"types":)" +
         std::string(types) + R"(,"destination":)" + std::string(destination) + std::string(more) +
         "}";
}

constexpr std::string_view schema = R"("2022-12-13")";
constexpr std::string_view types = R"(["platform"])";
constexpr std::string_view http =
    R"({"protocol":"HTTP","URI":"http://sandbox.localdomain:4243/a?b=c"})";

std::string with_uri(std::string_view uri) {
  return with(schema, types, R"({"protocol":"HTTP","URI":")" + std::string(uri) + R"("})");
}
std::string with_buffering(std::string_view buffering) {
  return with(schema, types, http, R"(,"buffering":)" + std::string(buffering));
}
std::string mistake(std::string_view body) {
  const auto parsed = parse_subscription(body);
  return parsed ? "none" : parsed.error();
}

TEST(Subscription, HasLambdasDefaults) {
  const auto parsed = parse_subscription(with(schema, types, http));
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(
      parsed->buffering,
      (Buffering{.items_max = 10'000, .bytes_max = 262'144, .wait_max = std::chrono::seconds(1)}));
  EXPECT_EQ(parsed->destination, (Destination{.protocol = Destination::Protocol::http,
                                              .port = 4243,
                                              .host = "sandbox.localdomain:4243",
                                              .target = "/a?b=c"}));
  EXPECT_EQ(parsed->types(), "platform");
}

TEST(Subscription, SaysAllOfItself) {
  const auto parsed = parse_subscription(
      with(R"("2025-01-29")", R"(["extension","function","platform","function"])",
           R"({"protocol":"TCP","port":4243})",
           R"(,"buffering":{"maxItems":1000,"maxBytes":1048576,"timeoutMs":25},"extra":[1])"));
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->types(), "platform,function,extension");
  EXPECT_EQ(parsed->destination.protocol, Destination::Protocol::tcp);
  EXPECT_EQ(parsed->destination.port, 4243);
  EXPECT_EQ(parsed->buffering, (Buffering{.items_max = 1'000,
                                          .bytes_max = 1'048'576,
                                          .wait_max = std::chrono::milliseconds(25)}));
}

TEST(Subscription, OnlyTheOldestSchemaKeepsObjectsAway) {
  EXPECT_FALSE(parse_subscription(with(R"("2022-07-01")", types, http))->takes_objects);
  EXPECT_TRUE(parse_subscription(with(R"("2022-12-13")", types, http))->takes_objects);
  EXPECT_TRUE(parse_subscription(with(R"("2025-01-29")", types, http))->takes_objects);
}

TEST(Subscription, NeedsAKnownSchema) {
  for (const auto* unknown : {"null", "1", R"("2021-03-18")", R"("")"}) {
    EXPECT_EQ(mistake(with(unknown, types, http)),
              "schemaVersion must be one of 2022-07-01, 2022-12-13, 2025-01-29");
  }
}

TEST(Subscription, NeedsTypesThatThereAre) {
  for (const auto* none : {"null", "[]", R"("platform")", "{}"}) {
    EXPECT_EQ(mistake(with(schema, none, http)),
              "types must be a list of platform, function, extension");
  }
  for (const auto* unknown : {R"(["Platform"])", R"(["platform","logs"])", "[1]"}) {
    EXPECT_EQ(mistake(with(schema, unknown, http)), "types may be platform, function, extension");
  }
}

TEST(Subscription, KeepsToTheLimitsOfBuffering) {
  for (const auto* fine : {R"({"maxItems":10000})", R"({"maxBytes":262144})",
                           R"({"timeoutMs":30000})", R"({"timeoutMs":25.0})", "{}"}) {
    EXPECT_EQ(mistake(with_buffering(fine)), "none") << fine;
  }
  for (const auto* wrong :
       {R"({"maxItems":999})", R"({"maxItems":10001})", R"({"maxBytes":262143})",
        R"({"maxBytes":1048577})", R"({"timeoutMs":24})", R"({"timeoutMs":30001})",
        R"({"timeoutMs":25.5})", R"({"timeoutMs":"25"})", R"({"maxItems":-1})",
        R"({"maxItems":99999999999999999999})"}) {
    EXPECT_TRUE(mistake(with_buffering(wrong)).starts_with("buffering.")) << wrong;
  }
  EXPECT_EQ(mistake(with_buffering("[]")), "buffering must be an object");
}

TEST(Subscription, LeadsToAPortOfThisMachineOnly) {
  EXPECT_EQ(mistake(with_uri("http://sandbox.localdomain:8080")), "none");
  EXPECT_EQ(mistake(with_uri("http://sandbox:8080/")), "none");
  EXPECT_EQ(parse_subscription(with_uri("http://sandbox"))->destination.port, 80);
  EXPECT_EQ(parse_subscription(with_uri("http://sandbox:81?x"))->destination.target, "/?x");
  for (const auto* other : {"http://localhost:80", "http://127.0.0.1:80", "http://example.com",
                            "http://sandbox.localdomain.example.com", "http://:80",
                            "http://user@sandbox:80", "http://[::1]:80", "http:///sandbox"}) {
    EXPECT_EQ(mistake(with_uri(other)), "the host of destination.URI must be sandbox.localdomain")
        << other;
  }
  for (const auto* scheme : {"https://sandbox:80", "sandbox:80", "", "HTTP://sandbox"}) {
    EXPECT_EQ(mistake(with_uri(scheme)), "destination.URI must begin with http://") << scheme;
  }
  for (const auto* port : {"http://sandbox:", "http://sandbox:0", "http://sandbox:65536",
                           "http://sandbox:-1", "http://sandbox:80:80", "http://sandbox:80@x"}) {
    EXPECT_EQ(mistake(with_uri(port)), "destination.URI has no valid port") << port;
  }
  EXPECT_EQ(mistake(with_uri("http://sandbox.localdomain:9001/")), "port 9001 is Lambda's own");
}

TEST(Subscription, CannotEndALineOfTheRequest) {
  for (const auto* uri :
       {"http://sandbox:80/a b", R"(http://sandbox:80/\r\nX: y)", "http://sandbox:80/#a",
        R"(http://sandbox:80/\u0000)", R"(http://sandbox:80/\u00e4)"}) {
    EXPECT_EQ(mistake(with_uri(uri)), "destination.URI has a character that must be encoded");
  }
}

TEST(Subscription, NeedsADestination) {
  const auto to = [](std::string_view destination) {
    return mistake(with(schema, types, destination));
  };
  EXPECT_EQ(to("null"), "destination must be an object");
  EXPECT_EQ(to(R"({"protocol":"UDP","port":1})"), "destination.protocol must be HTTP or TCP");
  EXPECT_EQ(to(R"({"protocol":"HTTP","port":1})"), "destination.URI is missing");
  for (const auto* port : {"null", "0", "65536", R"("4243")", "1.5"}) {
    EXPECT_EQ(to(R"({"protocol":"TCP","port":)" + std::string(port) + "}"),
              "destination.port must be a number between 1 and 65535");
  }
  EXPECT_EQ(to(R"({"protocol":"TCP","port":9001})"), "port 9001 is Lambda's own");
}

TEST(Subscription, IsAnObjectOfJson) {
  for (const auto* body : {"", "[]", "{", "null", "\xff", R"({"a":1}x)"}) {
    EXPECT_EQ(mistake(body), "the body must be a JSON object");
  }
  EXPECT_EQ(mistake(std::string(subscription_bytes_max + 1, ' ')), "the body is too large");
  EXPECT_EQ(mistake(std::string(10'000, '[')), "the body must be a JSON object");
}

}  // namespace
}  // namespace smyth::telemetry
