#include "calibrate/fit.h"

#include "base/prng.h"
#include "core/aws_2020.h"
#include "test/support/recorded_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace smyth::calibrate {
namespace {

using namespace std::chrono_literals;

// Searches of minutes go where `Fit` has gone already.
#if __has_feature(address_sanitizer)
#define SMYTH_TAKES_MINUTES_SANITIZED() GTEST_SKIP() << "minutes of work when it is sanitized"
#else
#define SMYTH_TAKES_MINUTES_SANITIZED() static_assert(true)
#endif

// Traffic whose calls were cold as with these constants.
Trace trace_with(const Constants& constants, Duration gap, std::size_t calls) {
  Prng prng(7, static_cast<std::uint64_t>(gap.count()));
  Trace trace{.name = "made", .calls = {}};
  TimePoint at{};
  for (std::size_t i = 0; i < calls; ++i) {
    at += prng.exponential(gap);
    trace.calls.push_back({.at = at, .duration = 2s, .cold_duration = 2s});
  }
  mark_cold(trace, constants);
  return trace;
}

TEST(Replay, FindsTheColdStartsOfItsOwnConstants) {
  const Constants constants{640s, 1'200s, 7'200s};
  const Trace trace = trace_with(constants, 30s, 5'000);
  const Score same = replay(trace, constants);
  EXPECT_GT(same.recorded_cold, 20);
  EXPECT_LT(same.calls, 5'000);  // Without the first 25 minutes.
  EXPECT_EQ(same.wrong(), 0);
  EXPECT_EQ(same.count_error(), 0);
  const Score other = replay(trace, {640s, 600s, 7'200s});
  EXPECT_GT(other.replayed_cold, other.recorded_cold);
  EXPECT_GT(other.wrong(), 0);
  EXPECT_GT(other.count_error(), 0);
}

TEST(Fit, FindsTheConstantsThatTracesWereMadeWith) {
  const Constants constants{400s, 1'000s, 5'000s};
  const std::vector<Trace> traces = {trace_with(constants, 20s, 6'000),
                                     trace_with(constants, 300s, 1'000)};
  const Fit found = fit(traces);
  EXPECT_LT(found.count_error(), 0.005);
  EXPECT_NEAR(static_cast<double>(found.constants.function_idle / 1s), 400, 30);
  EXPECT_NEAR(static_cast<double>(found.constants.surplus_idle / 1s), 1'000, 100);
  EXPECT_NEAR(static_cast<double>(found.constants.max_life / 1s), 5'000, 300);
}

class Recorded : public testing::Test {
 protected:
  // Those of 2020: six functions for a day each, seen from the client's side.
  static std::vector<Trace> traces(const std::string& data, Duration early_reuse) {
    std::vector<Trace> traces;
    for (const char* day : {"05-17", "05-23", "05-28", "06-04", "06-09", "06-13"}) {
      auto read = read_traces(data + "/aws-2020/" + day + ".csv", {.early_reuse = early_reuse});
      EXPECT_TRUE(read);
      if (read) std::ranges::move(*read, std::back_inserter(traces));
    }
    return traces;
  }
};

// If what is found changes with the search, aws_2020.h and what is said of it change.
TEST_F(Recorded, TracesGiveTheConstantsOfAws2020) {
  SMYTH_TAKES_MINUTES_SANITIZED();
  SMYTH_NEEDS_RECORDED_DATA(data);
  const Fit found = fit(traces(data, 150ms));
  const Constants expected{core::aws_2020::function_idle_max, core::aws_2020::idle_max,
                           core::aws_2020::life_max};
  EXPECT_EQ(found.constants, expected);
  EXPECT_LE(found.count_error(), 0.02);
}

TEST_F(Recorded, TracesAreForetoldByTheOthers) {
  SMYTH_TAKES_MINUTES_SANITIZED();
  SMYTH_NEEDS_RECORDED_DATA(data);
  const std::vector<Trace> all = traces(data, 150ms);
  const std::vector<Fit> fits = leave_one_out(all);
  double error = 0;
  Score total;
  for (const Fit& one : fits) {
    std::cout << one.constants.function_idle / 1s << "/" << one.constants.surplus_idle / 1s << "/"
              << one.constants.max_life / 1s << " ";
    error += one.count_error() / static_cast<double>(fits.size());
    total += one.scores.front();
  }
  const double wrong = static_cast<double>(total.wrong()) / static_cast<double>(total.calls);
  std::cout << "count error " << error << ", wrong " << wrong << ", both " << total.both_cold
            << ", recorded " << total.recorded_cold << ", replayed " << total.replayed_cold << "\n";
  EXPECT_LE(error, 0.055);
  EXPECT_LE(wrong, 0.009);
}

// Of the idle environments that are known to be alive, because they serve again later, the one
// that was released last serves.
TEST_F(Recorded, DecisionsAreForTheMostRecentlyUsed) {
  SMYTH_NEEDS_RECORDED_DATA(data);
  std::uint64_t decisions = 0;
  std::uint64_t most_recent = 0;
  for (const Trace& trace : traces(data, Duration{0})) {
    const std::vector<traffic::Call>& calls = trace.calls;
    std::vector<TimePoint> last_begin;
    for (const traffic::Call& call : calls) {
      last_begin.resize(std::max<std::size_t>(last_begin.size(), call.environment + 1));
      last_begin[call.environment] = call.at;
    }
    std::vector<TimePoint> free_at(last_begin.size(), TimePoint::max());
    for (const traffic::Call& call : calls) {
      const auto is_idle = [&](std::size_t i) {
        return free_at[i] <= call.at && last_begin[i] >= call.at;
      };
      std::size_t idle = 0;
      std::size_t latest = call.environment;
      for (std::size_t i = 0; i < free_at.size(); ++i) {
        if (!is_idle(i)) continue;
        ++idle;
        if (free_at[i] > free_at[latest]) latest = i;
      }
      // One taken before its client had the answer was free, and nobody knows since when.
      if (idle >= 2 && is_idle(call.environment)) {
        ++decisions;
        most_recent += latest == call.environment ? 1 : 0;
      }
      free_at[call.environment] = call.at + call.duration;
    }
  }
  std::cout << most_recent << " of " << decisions << " decisions\n";
  EXPECT_GE(static_cast<double>(most_recent), 0.9998 * static_cast<double>(decisions));
}

}  // namespace
}  // namespace smyth::calibrate
