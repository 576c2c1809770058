#include "live/asked_strategies.h"

#include "test/support/project_harness.h"

#include <gmock/gmock.h>

#include <vector>

namespace smyth::live {
namespace {

using State = core::SlotView::State;
using std::chrono::seconds;
using testing::HasSubstr;

class AskedStrategiesTest : public test::ProjectHarness {
 protected:
  AskedStrategiesTest() {
    write("mine.py",
          "def newest(name, processes):\n"
          "    while True:\n"
          "        yield max(processes[name], key=lambda slot: slot.last_used_timestamp)\n"
          "def fails(name, processes):\n"
          "    yield processes[name][1]\n"
          "    raise LookupError([slot.state.value for slot in processes[name]])\n");
    write("smyth.toml",
          "[handlers.a]\nhandler_path = \"app.f\"\nconcurrency = 3\n"
          "provisioned_concurrency = 1\nstrategy_generator_path = \"mine.newest\"\n"
          "[handlers.b]\nhandler_path = \"app.f\"\nconcurrency = 3\n"
          "strategy_generator_path = \"mine.fails\"\n");
  }

  std::unique_ptr<AskedStrategies> ask() {
    auto opened = AskedStrategies::open(load(), root_);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
};

TEST_F(AskedStrategiesTest, ChooseAmongTheSlotsThatAreShown) {
  const auto strategies = ask();
  ASSERT_TRUE(strategies);
  std::vector<core::SlotView> slots(3);
  slots[1] = {.state = State::idle, .given = 2, .last_used = TimePoint(seconds(5))};
  EXPECT_EQ(strategies->choose("a", slots).value_or(9), 1u);
  slots[2] = {.state = State::busy, .given = 1, .last_used = TimePoint(seconds(6))};
  EXPECT_EQ(strategies->choose("a", slots).value_or(9), 2u);
}

TEST_F(AskedStrategiesTest, TellWhyOneFailed) {
  const auto strategies = ask();
  ASSERT_TRUE(strategies);
  std::vector<core::SlotView> slots(3);
  slots[2].state = State::idle;
  EXPECT_EQ(strategies->choose("b", slots).value_or(9), 1u);
  const auto failed = strategies->choose("b", slots);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("LookupError: ['cold', 'cold', 'warm']"));
  const auto unknown = strategies->choose("c", slots);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::misused);
}

}  // namespace
}  // namespace smyth::live
