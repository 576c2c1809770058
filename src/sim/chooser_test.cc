#include "sim/chooser.h"

#include "sim/call_driver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace smyth::sim {
namespace {

using State = core::SlotView::State;
using std::chrono::milliseconds;

// Takes the slots that the test says, one after the other, then none.
class Scripted final : public Chooser {
 public:
  explicit Scripted(std::vector<Slot> slots) : script_(std::move(slots)) {}

  std::optional<Slot> choose(std::uint32_t, std::span<const core::SlotView> slots) override {
    seen.emplace_back();
    for (const core::SlotView& slot : slots) seen.back().push_back(slot.state);
    if (seen.size() > script_.size()) return std::nullopt;
    return script_[seen.size() - 1];
  }

  std::vector<std::vector<State>> seen;  // Of the slots, at each choice.

 private:
  std::vector<Slot> script_;
};

class Answers final : public CallObserver {
 public:
  void answered(const CallRecord& call) override { all.push_back(call); }
  std::vector<CallRecord> all;
};

// Calls of 100 ms every 40 ms, for two slots of which the chooser chooses.
Answers played(Scripted& chooser, int calls, core::Overflow overflow) {
  core::Scheduler scheduler;
  Tally tally;
  CallDriver driver(scheduler, tally, 1);
  Answers answers;
  driver.ask(&chooser);
  driver.watch(&answers);
  driver.add_function({.spec = {.concurrency = 2,
                                .strategy = core::Strategy::user,
                                .overflow = overflow,
                                .timeout = Duration{0},
                                .queue_wait = Duration{0}},
                       .duration = Law::constant(milliseconds(100))});
  std::vector<traffic::Call> traffic;
  for (int i = 0; i < calls; ++i) traffic.push_back({.at = TimePoint(milliseconds(40 * i))});
  driver.play(traffic);
  driver.run_until_idle();
  return answers;
}

TEST(Chooser, SaysWhichSlotServes) {
  Scripted chooser({1, 0});
  const Answers answers = played(chooser, 2, core::Overflow::throttle);
  ASSERT_EQ(answers.all.size(), 2u);
  EXPECT_EQ(answers.all[0].slot, 1u);
  EXPECT_EQ(answers.all[1].slot, 0u);
  const std::vector<std::vector<State>> seen = {{State::cold, State::cold},
                                                {State::cold, State::busy}};
  EXPECT_EQ(chooser.seen, seen);
}

TEST(Chooser, MayChooseABusySlotWhichIsWaitedForOrNot) {
  Scripted waits({0, 0});
  const Answers waited = played(waits, 2, core::Overflow::queue);
  ASSERT_EQ(waited.all.size(), 2u);
  EXPECT_EQ(waited.all[1].begun, TimePoint(milliseconds(100)));
  Scripted does_not({0, 0});
  const Answers refused = played(does_not, 2, core::Overflow::throttle);
  ASSERT_EQ(refused.all.size(), 2u);
  EXPECT_EQ(refused.all[0].verdict, core::Verdict::throttled);
}

TEST(Chooser, ThatFailsFailsTheCall) {
  Scripted chooser({0});
  const Answers answers = played(chooser, 3, core::Overflow::queue);
  ASSERT_EQ(answers.all.size(), 3u);
  EXPECT_EQ(answers.all[0].verdict, core::Verdict::hook_failed);
  EXPECT_EQ(answers.all[0].number, 2u);
  EXPECT_EQ(answers.all[2].verdict, core::Verdict::success);
}

}  // namespace
}  // namespace smyth::sim
