#include "telemetry/reply.h"

#include <gtest/gtest.h>

namespace smyth::telemetry {
namespace {

TEST(Reply, HasItsStatusAndWhatFollows) {
  const auto reply = parse_reply("HTTP/1.1 200 OK\r\nDate: now\r\ncontent-length: \t2 \r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(reply->body_bytes, 2U);
  EXPECT_TRUE(reply->keeps_connection);
}

TEST(Reply, HasNoBodyByItsStatus) {
  EXPECT_EQ(parse_reply("HTTP/1.1 204\r\n\r\n")->body_bytes, 0U);
  EXPECT_TRUE(parse_reply("HTTP/1.1 204 No Content\r\n\r\n")->keeps_connection);
}

TEST(Reply, EndsTheConnectionWhereItsEndIsNotKnown) {
  for (const auto* head :
       {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"}) {
    ASSERT_TRUE(parse_reply(head)) << head;
    EXPECT_FALSE(parse_reply(head)->keeps_connection) << head;
  }
}

TEST(Reply, IsHttp) {
  for (const auto* head :
       {"", "\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1x200 OK\r\n\r\n", "SSH-2.0-x\r\n\r\n"}) {
    EXPECT_FALSE(parse_reply(head)) << head;
  }
}

}  // namespace
}  // namespace smyth::telemetry
