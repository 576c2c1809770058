#include "simulate/table.h"

#include "simulate/lives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace smyth::simulate {
namespace {

using std::chrono::hours;

Question question() {
  Question asked;
  asked.functions = {{.name = "api", .memory_mib = 512}};
  asked.functions[0].duration_text = "exponential:80ms";
  asked.functions[0].init_text = "450ms";
  asked.traffic_text = "50 calls/s";
  asked.seed = 7;
  asked.constants = {{"limits", "account 1000", Origin::documented, "Lambda's quotas"},
                     read_life("aws-2020")->constant};
  return asked;
}

Latency latency(std::uint64_t calls, double p50, double p90, double p99, double p999) {
  return {.calls = calls,
          .at = {Estimate::exactly(p50), Estimate::exactly(p90),
                 Estimate{p99, p99 * 0.98, p99 * 1.02}, Estimate::exactly(p999)}};
}

// As full as it may be: a line for each figure.
Findings findings() {
  Findings found{.length = hours(24 * 7), .replications = 2, .decision_hash = 0xfeed};
  Figures& all = found.all;
  all.sums = {.calls = 30'243'161,
              .served = 30'234'361,
              .cold = 1'234,
              .waited = 5'000,
              .throttled = 8'800,
              .answered = 30'234'350,
              .errors = 300'000,
              .timeouts = 12};
  all.throttled[static_cast<std::size_t>(core::Reason::reserved_concurrency)] = 8'000;
  all.throttled[static_cast<std::size_t>(core::Reason::account_rate)] = 800;
  all.cold_share = {4.08e-5, 3.9e-5, 4.26e-5};
  all.throttled_share = {2.91e-4, 2.8e-4, 3.02e-4};
  all.error_share = {0.00992, 0.0099, 0.00994};
  all.mean_wait = Estimate::exactly(1.5e6);
  all.environments = {12.04, 11.9, 12.2};
  all.environments_peak = 1'024;
  all.environments_at = {11, 14, 17, 19, 25};
  all.busy = {4.1, 4.05, 4.15};
  all.utilisation = Estimate::exactly(0.3405);
  all.busy_peak = 1'000;
  all.busy_at = {4, 7, 11, 14, 20};
  all.all = latency(30'234'350, 55e6, 184e6, 368e6, 800e6);
  all.warm = latency(30'233'116, 55e6, 184e6, 368e6, 790e6);
  all.cold = latency(1'234, 505e6, 634e6, 820e6, 1.2e9);
  all.usage = {.requests = 60'468'700, .gb_seconds = 2'422'000};
  all.cost = {.requests = 12.09, .compute = 40.0, .init = 0.37, .provisioned = 100};
  all.month = {.requests = 25.91, .compute = 85.714, .init = 0.004, .provisioned = 214.29};
  all.per_million = 2.52;
  return found;
}

TEST(Table, HasAllFiguresInFifteenLines) {
  const std::string text = table(question(), findings());
  EXPECT_EQ(text, R"(api: 512 MiB, duration exponential:80ms, init 450ms
50 calls/s for 7 d, seed 7, 2 replications

calls            30,243,161
cold starts           1,234  0.00408 % (0.00390 - 0.00426)
throttled             8,800  0.0291 % (0.0280 - 0.0302): 8,000 reserved concurrency, 800 request rate
errors              300,012  0.992 % (0.990 - 0.994): 12 timeouts
waited                5,000  mean of all 1.50 ms
environments           12.0  mean (11.9 - 12.2), p99 17, peak 1,024
  busy                 4.10  mean (4.05 - 4.15), p99 11, p99.9 14, peak 1,000; used 34.1 %
latency                 p50         p90         p99       p99.9
  all                 55 ms      184 ms      368 ms      800 ms   p99 (361 ms - 375 ms)
  warm                55 ms      184 ms      368 ms      790 ms   p99 (361 ms - 375 ms)
  cold               505 ms      634 ms      820 ms      1.20 s   p99 (804 ms - 836 ms)
GB-seconds        2,422,000
cost                $152.46  in 7 d
                    $325.92  in 30 d: requests $25.91, compute $85.71, init $0.004, provisioned $214.29
                      $2.52  for a million calls

in parentheses: 95 % intervals
limits: account 1000 (documented by AWS: Lambda's quotas)
life aws-2020: function_idle 640 s, surplus_idle 1150 s, max_life 6150 s (measured: fitted on 2026-11-29 to records of May and June 2020)
prices: us-east-1, 2026-11 (documented by AWS: https://aws.amazon.com/lambda/pricing/)
decisions: 000000000000feed
)");
  const std::size_t begin = text.find("\n\n") + 2;
  const std::size_t end = text.find("\n\n", begin);
  EXPECT_EQ(std::ranges::count(text.substr(begin, end - begin), '\n'), 14);
}

TEST(Table, LeavesOutWhatDidNotHappen) {
  Findings found = findings();
  found.all.sums.errors = found.all.sums.timeouts = found.all.sums.waited = 0;
  found.all.cold = {};
  const std::string text = table(question(), found);
  for (const char* absent : {"errors", "waited", "  warm", "  cold"}) {
    EXPECT_EQ(text.find(std::string("\n") + absent), std::string::npos) << absent;
  }
}

TEST(Table, SaysFirstThatItIsNotComplete) {
  Findings found = findings();
  found.complete = false;
  EXPECT_THAT(table(question(), found),
              testing::HasSubstr("\nNOT COMPLETE: it was interrupted\n\n"));
}

TEST(Table, SaysWhatTheWarmUpWas) {
  Findings found = findings();
  found.warm_up = std::chrono::minutes(50);
  EXPECT_THAT(table(question(), found),
              testing::HasSubstr("\n50 calls/s for 7 d after a warm-up of 50 min, seed 7,"));
  found.has_warm_up = false;
  EXPECT_THAT(table(question(), found), testing::HasSubstr("\nNO WARM-UP: "));
}

TEST(Table, FunctionsHaveALineEach) {
  Findings found = findings();
  found.functions = {found.all, found.all};
  found.functions[0].name = "api";
  found.functions[1].name = "worker";
  EXPECT_EQ(function_table(found),
            R"(function                           calls      cold throttled      peak     30 days
api                           30,243,161     1,234     8,800     1,024     $325.92
worker                        30,243,161     1,234     8,800     1,024     $325.92
)");
}

TEST(Table, OfManyFunctionsThoseThatCostMostHaveALine) {
  Findings found = findings();
  found.functions.assign(1'002, found.all);
  for (Figures& each : found.functions) each.month = {.requests = 0.5};
  found.functions[700].name = std::string(64, 'n');
  found.functions[700].month = {.requests = 2};
  const std::string text = function_table(found);
  EXPECT_EQ(std::ranges::count(text, '\n'), 22);
  EXPECT_THAT(text, testing::HasSubstr("30 days\n" + std::string(64, 'n') + "  30,243,161"));
  EXPECT_TRUE(text.ends_with("\n982 more, which cost $491.00 in 30 days: `--json` has them all\n"))
      << text;
}

}  // namespace
}  // namespace smyth::simulate
