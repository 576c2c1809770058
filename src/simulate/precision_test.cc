#include "simulate/precision.h"

#include <gtest/gtest.h>

#include <chrono>

namespace smyth::simulate {
namespace {

Question small_question() {
  Question question;
  question.functions.push_back({.name = "f"});
  Function& function = question.functions.front();
  function.model.duration = sim::Law::exponential(std::chrono::milliseconds(100));
  function.model.without_slot_limit = true;
  function.model.spec.overflow = core::Overflow::throttle;
  function.model.spec.reserved = 2;
  question.account = core::AccountSpec{.concurrency = 1'000};
  question.streams.push_back({0, sim::PoissonArrivals{{{TimePoint{}, 20}}}});
  question.length = std::chrono::minutes(1);
  return question;
}

TEST(Precision, TakesAsManyReplicationsAsItNeeds) {
  Question question = small_question();
  Progress progress;
  const auto rough = answer(question, progress);
  ASSERT_TRUE(rough);
  ASSERT_GT(widest_interval(*rough), 0.3) << "two cold starts are few";
  const auto fine = answer_within(question, 0.3, progress, nullptr);
  ASSERT_TRUE(fine);
  EXPECT_LE(widest_interval(*fine), 0.3);
  EXPECT_GT(question.replications, 4u);
  EXPECT_EQ(fine->replications, question.replications);
}

TEST(Precision, IsAtOnceThereWhereItIsRough) {
  Question question = small_question();
  Progress progress;
  ASSERT_TRUE(answer_within(question, 100, progress, nullptr));
  EXPECT_EQ(question.replications, 1u);
}

}  // namespace
}  // namespace smyth::simulate
