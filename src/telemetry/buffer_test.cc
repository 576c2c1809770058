#include "telemetry/buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace smyth::telemetry {
namespace {

using std::chrono::milliseconds;

constexpr Buffering small{.items_max = 3, .bytes_max = 30, .wait_max = milliseconds(100)};

std::optional<std::string> note(const Dropped& dropped) {
  return "dropped " + std::to_string(dropped.records) + "/" + std::to_string(dropped.bytes);
}

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

using Events = std::vector<std::string>;

TEST(Buffer, IsDueWhenItsOldestEventHasWaitedLongEnough) {
  Buffer buffer(small, note);
  EXPECT_FALSE(buffer.due());
  buffer.add("a", at(10));
  buffer.add("b", at(50));
  EXPECT_EQ(buffer.due(), at(110));
  EXPECT_EQ(buffer.take().events, (Events{"a", "b"}));
  EXPECT_FALSE(buffer.due());
  EXPECT_TRUE(buffer.is_empty());
}

TEST(Buffer, IsDueAtOnceWithSoManyEvents) {
  Buffer buffer(small, note);
  for (const auto* event : {"a", "b", "c"}) buffer.add(event, at(10));
  EXPECT_EQ(buffer.due(), at(10));
}

TEST(Buffer, IsDueAtOnceWithSoManyBytes) {
  Buffer buffer(small, note);
  buffer.add(std::string(29, 'a'), at(10));
  EXPECT_EQ(buffer.due(), at(110));
  buffer.add("b", at(11));
  EXPECT_EQ(buffer.due(), at(10));
}

TEST(Buffer, SendsBatchesWithinItsLimits) {
  Buffer buffer(small, note);
  for (const auto* event : {"a", "b", "c", "d"}) buffer.add(event, at(0));
  EXPECT_EQ(buffer.take().events, (Events{"a", "b", "c"}));
  EXPECT_EQ(buffer.take().events, (Events{"d"}));
  const std::string large(20, 'x');
  buffer.add(large, at(0));
  buffer.add(large, at(0));
  EXPECT_EQ(buffer.take().events, (Events{large}));
  EXPECT_EQ(buffer.take().events, (Events{large}));
}

TEST(Buffer, SendsAnEventThatIsLargerThanABatch) {
  Buffer buffer(small, note);
  const std::string large(1'000, 'x');
  buffer.add(large, at(0));
  EXPECT_EQ(buffer.take().events, (Events{large}));
}

TEST(Buffer, HoldsTwoBatchesAndCountsWhatItDrops) {
  Buffer buffer(small, note);
  for (int count = 0; count < 6; ++count) buffer.add("fits", at(0));
  buffer.add("seven", at(0));
  buffer.add("eight!", at(0));
  EXPECT_EQ(buffer.take().events, (Events{"fits", "fits", "fits"}));
  buffer.add("late", at(1));
  EXPECT_EQ(buffer.take().events, (Events{"fits", "fits", "fits"}));
  const Batch last = buffer.take();
  EXPECT_EQ(last.events, (Events{"dropped 2/11", "late"}));
  EXPECT_EQ(last.records, 1U);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(Buffer, HoldsTwiceTheBytesOfABatch) {
  Buffer buffer(small, note);
  buffer.add(std::string(40, 'a'), at(0));
  buffer.add(std::string(20, 'b'), at(0));
  buffer.add("c", at(0));
  EXPECT_EQ(buffer.take().events, (Events{std::string(40, 'a')}));
  EXPECT_EQ(buffer.take().events, (Events{std::string(20, 'b'), "dropped 1/1"}));
}

TEST(Buffer, TellsOfWhatWasLostOnTheWay) {
  Buffer buffer(small, note);
  buffer.add("ab", at(0));
  buffer.add("cde", at(0));
  buffer.lost(buffer.take());
  EXPECT_FALSE(buffer.due()) << "a note is not sent alone";
  EXPECT_TRUE(buffer.take().events.empty());
  buffer.add("next", at(1));
  EXPECT_EQ(buffer.take().events, (Events{"dropped 2/5", "next"}));
}

TEST(Buffer, KeepsCountWhereANoteIsLost) {
  Buffer buffer(small, note);
  buffer.add("ab", at(0));
  buffer.lost(buffer.take());
  buffer.add("cde", at(1));
  buffer.lost(buffer.take());
  buffer.add("f", at(2));
  EXPECT_EQ(buffer.take().events, (Events{"dropped 2/5", "f"}));
}

TEST(Buffer, TellsNobodyWhoDoesNotWantToKnow) {
  Buffer buffer(small, [](const Dropped&) { return std::nullopt; });
  buffer.add("ab", at(0));
  buffer.lost(buffer.take());
  buffer.add("c", at(1));
  EXPECT_EQ(buffer.take().events, (Events{"c"}));
}

}  // namespace
}  // namespace smyth::telemetry
