#include "core/play.h"
#include "core/token_bucket.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Lines = Play::Lines;

TEST(TokenBucket, GivesATokenAtTheNanosecondWhenItIsWhole) {
  TokenBucket bucket;
  bucket.fill(3, seconds(1), TimePoint{});
  const TimePoint start{seconds(5)};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(bucket.has_token(start));
    bucket.take(start);
  }
  EXPECT_FALSE(bucket.has_token(start + nanoseconds(333'333'333)));
  EXPECT_TRUE(bucket.has_token(start + nanoseconds(333'333'334)));
  EXPECT_FALSE(bucket.has_token(start));
}

TEST(TokenBucket, LosesNothingHoweverOftenItIsAsked) {
  TokenBucket bucket;
  bucket.fill(7, seconds(1), TimePoint{});
  std::uint64_t taken = 0;
  TimePoint now{};
  // 13 does not divide a second, nor does a token's 142,857,142.857… nanoseconds.
  for (; now <= TimePoint{seconds(1'000)}; now += nanoseconds(13'000'013)) {
    if (!bucket.has_token(now)) continue;
    bucket.take(now);
    ++taken;
  }
  // Seven at once, then seven a second; the last may not have been asked for.
  EXPECT_GE(taken, 7u + 6'999u);
  EXPECT_LE(taken, 7u + 7'000u);
}

TEST(TokenBucket, SavesUpNoMoreThanThoseOfAPeriod) {
  TokenBucket bucket;
  bucket.fill(2, seconds(1), TimePoint{});
  const TimePoint late{std::chrono::hours(1'000'000)};
  bucket.take(late);
  bucket.take(late);
  EXPECT_FALSE(bucket.has_token(late));
}

TEST(TokenBucket, HasNoLimitWithoutACount) {
  TokenBucket bucket;
  EXPECT_TRUE(bucket.has_token(TimePoint{}));
  bucket.take(TimePoint{});
  EXPECT_TRUE(bucket.has_token(TimePoint{}));
}

// Arrivals at i / rate, each in need of an environment that runs on: docs/reference/simulation.md,
// "Scaling".
struct Ramp {
  std::uint64_t rate;
  std::uint64_t seconds;
  std::uint64_t admitted;
};

class ScalingRamp : public testing::TestWithParam<Ramp> {};

TEST_P(ScalingRamp, AdmitsExactlySoMany) {
  const Ramp ramp = GetParam();
  Scheduler scheduler;
  const AccountSpec account{.concurrency = 100'000, .request_rate = 0};
  const FunctionSpec spec{
      .concurrency = 10'000, .timeout = Duration{0}, .init_timeout = Duration{0}};
  static_cast<void>(scheduler.handle(Input::limit_account(account), TimePoint{}));
  const FunctionId function = scheduler.next_function();
  static_cast<void>(scheduler.handle(Input::configure(function, spec), TimePoint{}));
  std::uint64_t admitted = 0;
  std::uint64_t throttled = 0;
  for (std::uint64_t i = 1; i <= ramp.rate * ramp.seconds; ++i) {
    const TimePoint now{nanoseconds(i * 1'000'000'000 / ramp.rate)};
    for (const Action& action : scheduler.handle(Input::arrive(function), now)) {
      admitted += action.kind == ActionKind::start ? 1 : 0;
      const bool is_refused =
          action.kind == ActionKind::answer && action.reason == Reason::account_scaling;
      throttled += is_refused ? 1 : 0;
    }
  }
  EXPECT_EQ(admitted, ramp.admitted);
  EXPECT_EQ(admitted + throttled, ramp.rate * ramp.seconds);
}

INSTANTIATE_TEST_SUITE_P(Rows, ScalingRamp,
                         testing::Values(Ramp{1'000, 10, 1'999}, Ramp{1'000, 60, 6'999},
                                         Ramp{150, 60, 6'999}, Ramp{5'000, 5, 1'499}));

TEST(Account, LimitsNobodyUnlessItIsThere) {
  Play play({.concurrency = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(play.arrive().front().substr(0, 5), "start");
  play.limit_account({.concurrency = 0, .scaling = 1, .request_rate = 1});
  play.ready("0#1");
  play.completed("0#1", "a");
  for (int i = 0; i < 50; ++i) play.warm("0#1");
}

TEST(Account, CountsWhatRunsWhenItComes) {
  Play play({.concurrency = 3});
  play.arrive();
  play.arrive();
  play.limit_account({.concurrency = 2});
  EXPECT_EQ(play.arrive(), (Lines{"answer c throttled account_concurrency"}));
  play.ready("0#1");
  play.completed("0#1", "a");
  EXPECT_EQ(play.arrive(), (Lines{"deliver d 0#1 <6000"}));
  EXPECT_EQ(play.arrive(), (Lines{"answer e throttled account_concurrency"}));
}

// Whatever ends an invocation, its place in the account is free again.
TEST(Account, CountsEachEndOnce) {
  Play play({.concurrency = 1, .reserved = 1, .overflow = Overflow::throttle, .prepares = true});
  const auto is_free = [&] {
    play.now += seconds(1);
    const Lines lines = play.arrive();
    return lines.back().find("throttled") == std::string::npos;
  };
  ASSERT_TRUE(is_free());
  play.failed("0#1");
  ASSERT_TRUE(is_free());
  play.failed("0#1", InitFailure::spawn);
  ASSERT_TRUE(is_free());
  play.ready("0#1");
  play.prepare_failed(play.last());
  ASSERT_TRUE(is_free());
  play.prepared(play.last());
  play.completed("0#1", play.last());
  ASSERT_TRUE(is_free());
  play.prepared(play.last());
  play.answered("0#1", play.last());
  play.completed("0#1", play.last());
  ASSERT_TRUE(is_free());
  play.prepared(play.last());
  play.exited("0#1");
  ASSERT_TRUE(is_free());
  play.ready("0#1");
  play.prepared(play.last());
  play.pass(seconds(6));
  ASSERT_TRUE(is_free());
  EXPECT_FALSE(is_free());
}

// The spare concurrency of a function that is removed, and what it had reserved, is the others'.
TEST(Account, GivesTheOthersWhatARemovedFunctionHad) {
  Play play({.concurrency = 5});
  play.limit_account({.concurrency = 3});
  const FunctionId first = play.function;
  const FunctionId second = play.add({.concurrency = 5, .reserved = 2});
  play.function = first;
  EXPECT_EQ(play.arrive().size(), 1u);
  EXPECT_EQ(play.arrive(), (Lines{"answer b throttled account_concurrency"}));
  play.function = second;
  play.remove();
  play.function = first;
  EXPECT_EQ(play.arrive(), (Lines{"start 1#2 cold c"}));
}

TEST(Account, TakesNoTokenForWhatIsRefusedOrProvisioned) {
  Play play({.concurrency = 9, .provisioned = 3, .timeout = seconds(60)});
  play.limit_account({.concurrency = 100, .scaling = 1});
  for (const char* name : {"0#1", "1#2", "2#3"}) play.ready(name);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(play.arrive().front().substr(0, 7), "deliver");
  EXPECT_EQ(play.arrive(), (Lines{"start 3#4 cold d"}));
  for (int i = 0; i < 5; ++i) {
    EXPECT_NE(play.arrive().front().find("throttled account_scaling"), std::string::npos);
  }
  play.ready("3#4");
  play.now += seconds(10);
  EXPECT_EQ(play.arrive(), (Lines{"start 4#5 cold j"}));
}

}  // namespace
}  // namespace smyth::core
