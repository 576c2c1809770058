#include "observe/history.h"

#include <gtest/gtest.h>

namespace smyth::observe {
namespace {

const auto source = std::make_shared<const LogSource>(LogSource{.function = "orders"});

TEST(History, KeepsTextsThatItsCallerLoses) {
  History history;
  {
    const std::string id = "the request";
    const std::string line = "what it wrote";
    history.add({.type = LogEventType::function_line, .request_id = id, .text = line}, source);
  }
  const History::Entry& kept = history.entries().front();
  EXPECT_EQ(kept.event.request_id, "the request");
  EXPECT_EQ(kept.event.text, "what it wrote");
  EXPECT_EQ(kept.source->function, "orders");
  EXPECT_EQ(kept.sequence, 1u);
}

TEST(History, ForgetsTheOldestInvocations) {
  History history;
  const std::uint64_t count = History::invocations_max + 7;
  for (std::uint64_t n = 0; n < count; ++n) {
    history.add({.type = LogEventType::start}, source);
    history.add({.type = LogEventType::report, .count = n}, source);
  }
  EXPECT_EQ(history.entries().size(), 2 * History::invocations_max);
  EXPECT_EQ(history.entries().front().sequence, 15u);
  EXPECT_EQ(history.last(), 2 * count);
  EXPECT_EQ(history.entries().back().event.count, count - 1);
}

TEST(History, HoldsNoMoreThanItsBytes) {
  History history;
  const std::string line(64u << 10, 'x');
  for (int n = 0; n < 1'000; ++n) {
    history.add({.type = LogEventType::function_line, .text = line}, source);
  }
  EXPECT_LE(history.bytes(), History::bytes_max);
  EXPECT_GT(history.bytes(), History::bytes_max - 2 * line.size());
  EXPECT_EQ(history.entries().back().sequence, 1'000u);
}

}  // namespace
}  // namespace smyth::observe
