#include "runtime/frame_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace smyth::runtime {
namespace {

std::string frame(FrameType type, std::string_view body) {
  std::string bytes;
  FrameWriter(bytes, type).rest(body).seal();
  return bytes;
}

// Gives the reader what it has room for; returns how much that was.
std::size_t feed(FrameReader& reader, std::string_view bytes) {
  const auto space = reader.space();
  const std::size_t count = std::min(space.size(), bytes.size());
  std::memcpy(space.data(), bytes.data(), count);
  reader.filled(count);
  return count;
}

TEST(FrameWriter, WritesTheHeadAsTheContractSays) {
  EXPECT_EQ(frame(FrameType::invoke, "abc"), std::string("\x07\0\0\0\x01I\0\0abc", 11));
}

TEST(FrameWriter, CountsWhatIsSentApart) {
  std::string bytes;
  FrameWriter(bytes, FrameType::invoke).text("id").seal(5);
  EXPECT_EQ(bytes, std::string("\x0f\0\0\0\x01I\0\0\x02\0\0\0id", 14));
}

TEST(FrameWriter, AppendsBehindWhatIsThere) {
  std::string bytes = frame(FrameType::start, "{}");
  FrameWriter(bytes, FrameType::resume).rest("1").seal();
  FrameReader reader;
  feed(reader, bytes);
  EXPECT_EQ(reader.next()->body, "{}");
  EXPECT_EQ(reader.next()->body, "1");
  EXPECT_FALSE(reader.next());
}

TEST(FrameReader, FindsFramesHoweverTheyArePieced) {
  std::string bytes;
  for (int i = 0; i < 40; ++i)
    bytes += frame(FrameType::result, std::string(static_cast<std::size_t>(i), 'x'));
  for (std::size_t piece = 1; piece < 30; ++piece) {
    FrameReader reader;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_EQ(feed(reader, std::string_view(bytes).substr(at, piece)),
                std::min(piece, bytes.size() - at));
      while (const auto next = reader.next()) {
        EXPECT_EQ(next->type, FrameType::result);
        EXPECT_EQ(next->body.size(), count++);
      }
    }
    EXPECT_EQ(count, 40u);
    EXPECT_EQ(reader.pending_bytes(), 0u);
  }
}

TEST(FrameReader, GrowsWithWhatHasComeAndShrinksAgain) {
  const std::string large = frame(FrameType::result, std::string(6u << 20, 'y'));
  FrameReader reader;
  std::string_view left = large;
  std::size_t largest = 0;
  while (!left.empty()) {
    const std::size_t taken = feed(reader, left);
    left.remove_prefix(taken);
    largest = std::max(largest, taken);
    if (!left.empty()) {
      EXPECT_FALSE(reader.next());
    }
  }
  EXPECT_EQ(reader.next()->body.size(), 6u << 20);
  EXPECT_LE(largest, 4u << 20);
  EXPECT_LE(reader.space().size(), 8u << 10);
}

TEST(FrameReader, DoesNotReserveWhatAHeadPromises) {
  std::string head = frame(FrameType::result, "");
  const std::uint32_t promised = frame_bytes_max;
  std::memcpy(head.data(), &promised, sizeof promised);
  FrameReader reader;
  feed(reader, head);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.is_broken());
  EXPECT_LE(reader.space().size(), 8u << 10);
}

TEST(FrameReader, RefusesWhatIsNoFrame) {
  const std::string good = frame(FrameType::result, "r");
  for (const auto& [at, byte] :
       {std::pair{4, '\2'}, {4, '\0'}, {6, '\1'}, {7, '\1'}, {3, '\x7f'}, {0, '\3'}}) {
    std::string bad = good;
    bad[static_cast<std::size_t>(at)] = byte;
    FrameReader reader;
    feed(reader, bad);
    EXPECT_FALSE(reader.next()) << at;
    EXPECT_TRUE(reader.is_broken()) << at;
  }
}

TEST(FrameReader, RefusesASizeOnceItIsThere) {
  FrameReader reader;
  feed(reader, "HTTP");
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.is_broken());
}

TEST(FrameBody, ReadsWhatTheWriterWrote) {
  std::string bytes;
  FrameWriter(bytes, FrameType::invoke)
      .u8(7)
      .u32(1u << 31)
      .u64(1ull << 63)
      .i64(-5)
      .f64(0.25)
      .text("t")
      .text("")
      .rest("r")
      .seal();
  FrameReader reader;
  feed(reader, bytes);
  FrameBody body(reader.next()->body);
  EXPECT_EQ(body.u8(), 7);
  EXPECT_EQ(body.u32(), 1u << 31);
  EXPECT_EQ(body.u64(), 1ull << 63);
  EXPECT_EQ(body.i64(), -5);
  EXPECT_EQ(body.f64(), 0.25);
  EXPECT_EQ(body.text(), "t");
  EXPECT_EQ(body.text(), "");
  EXPECT_EQ(body.rest(), "r");
  EXPECT_TRUE(body.is_ok());
}

TEST(FrameBody, IsNotOkPastItsEnd) {
  FrameBody shorter(std::string_view("\0\0", 2));
  EXPECT_EQ(shorter.u32(), 0u);
  EXPECT_FALSE(shorter.is_ok());

  FrameBody longer(std::string_view("\xff\xff\xff\xff", 4));
  EXPECT_EQ(longer.text(), "");
  EXPECT_FALSE(longer.is_ok());
  EXPECT_EQ(longer.rest(), "");
}

}  // namespace
}  // namespace smyth::runtime
