#include "front/response_text.h"

#include <gtest/gtest.h>

namespace smyth::front {
namespace {

std::string head(HttpResponse response, const ResponseFrame& frame) {
  std::string text;
  append_head(text, response, frame);
  return text;
}

TEST(DateText, WritesTheDateOfHttp) {
  DateText date;
  EXPECT_EQ(date.at(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7.
  EXPECT_EQ(date.at(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(date.at(1'709'251'199), "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(ResponseText, WritesHeads) {
  EXPECT_EQ(head({200, {{"A", "b"}}, "body"}, {.date = "now"}),
            "HTTP/1.1 200 OK\r\nA: b\r\nDate: now\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(
      head({404, {}, ""}, {.keeps_alive = false, .date = "now"}),
      "HTTP/1.1 404 Not Found\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(
      head({299, {}, ""}, {.version = 10, .date = "now"}),
      "HTTP/1.1 299 Unknown\r\nDate: now\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseText, LeavesTheDateToTheResponse) {
  EXPECT_EQ(head({200, {{"date", "then"}}, ""}, {.date = "now"}),
            "HTTP/1.1 200 OK\r\ndate: then\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseText, LetsOtherBytesThanControlCharactersPass) {
  EXPECT_EQ(head({200, {{"A", "\xc3\xa4\t\xff "}}, ""}, {.date = "now"}),
            "HTTP/1.1 200 OK\r\nA: \xc3\xa4\t\xff \r\nDate: now\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseText, SendsOnlyFinalStatuses) {
  for (const unsigned status : {0u, 100u, 101u, 199u, 600u, 99'999u}) {
    HttpResponse response{status, {{"A", "b"}}, "secret"};
    std::string text;
    append_head(text, response, {.date = "now"});
    EXPECT_TRUE(text.starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << status;
    EXPECT_EQ(response.body, R"({"message":"Internal Server Error"})");
    EXPECT_FALSE(text.contains("A: b"));
  }
}

TEST(ResponseText, KnowsWhereABodyMayBe) {
  EXPECT_TRUE(has_body({200, {}, "x"}, {}));
  EXPECT_FALSE(has_body({200, {}, ""}, {}));
  EXPECT_FALSE(has_body({200, {}, "x"}, {.is_head = true}));
  EXPECT_FALSE(has_body({204, {}, "x"}, {}));
  EXPECT_FALSE(has_body({304, {}, "x"}, {}));
}

}  // namespace
}  // namespace smyth::front
