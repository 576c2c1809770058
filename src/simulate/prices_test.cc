#include "simulate/prices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace smyth::simulate {
namespace {

double cents(double dollars) { return std::round(dollars * 100); }

Usage usage(double requests, double gb_seconds, Architecture architecture = Architecture::x86_64) {
  return {.architecture = architecture, .requests = requests, .gb_seconds = gb_seconds};
}

Cost cost(const Usage& used, FreeTier free_tier = FreeTier::no) {
  return cost_of({&used, 1}, prices(), free_tier);
}

TEST(Prices, TheListHasADateAndASource) {
  EXPECT_EQ(prices().date.size(), 7U);
  EXPECT_EQ(prices().region, "us-east-1");
  EXPECT_TRUE(prices().source.starts_with("https://aws.amazon.com/"));
}

// Its page computes with an older price than its list has.
TEST(Prices, TheExampleOfAwssPageIsExactToTheCent) {
  Prices older = prices();
  older.architectures[0].tiers[0].price = 0.00001667;
  const Usage used = usage(3e6, 3e6 * 1.0 * 0.5);
  const Cost month = cost_of({&used, 1}, older, FreeTier::yes);
  EXPECT_EQ(cents(month.compute), 1834);
  EXPECT_EQ(cents(month.requests), 40);
  EXPECT_EQ(cents(month.total()), 1874);
}

TEST(Prices, ASmallFunctionOfManyCallsIsExactToTheCent) {
  const Cost month = cost(usage(30e6, 30e6 * 0.2 * 0.125), FreeTier::yes);
  EXPECT_EQ(cents(month.compute), 583);
  EXPECT_EQ(cents(month.requests), 580);
}

TEST(Prices, ProvisionedCapacityCostsWhetherUsedOrNot) {
  const Usage used{.provisioned_gb_seconds = 1.0 * 1'000 * 7'200};
  EXPECT_EQ(used.provisioned_gb_seconds, 7.2e6);
  EXPECT_EQ(cents(cost(used).total()), 3000);
  EXPECT_EQ(cents(cost(used, FreeTier::yes).total()), 3000);
}

TEST(Prices, CallsInProvisionedEnvironmentsHaveAPriceOfTheirOwn) {
  const Usage used{.provisioned_duration_gb_seconds = 1e6};
  EXPECT_EQ(cents(cost(used).provisioned), 972);
}

TEST(Prices, EachTierBeginsWhereTheOneBeforeEnds) {
  EXPECT_EQ(cents(cost(usage(0, 6e9)).compute), 10'000'020);
  EXPECT_EQ(cents(cost(usage(0, 16e9)).compute), 24'833'360);
  EXPECT_EQ(cents(cost(usage(0, 20e9, Architecture::arm64)).compute), 24'833'500);
}

TEST(Prices, FunctionsShareTheTiersOfTheirArchitecture) {
  const std::vector<Usage> two = {usage(0, 4e9), usage(0, 4e9)};
  EXPECT_EQ(cents(cost_of(two, prices(), FreeTier::no).compute), cents(100'000.2 + 2e9 * 0.000015));
  const std::vector<Usage> apart = {usage(0, 4e9), usage(0, 4e9, Architecture::arm64)};
  EXPECT_EQ(cents(cost_of(apart, prices(), FreeTier::no).compute),
            cents(4e9 * 0.0000166667 + 4e9 * 0.0000133334));
}

TEST(Prices, TheFreeTierIsThereOnce) {
  const std::vector<Usage> two = {usage(600'000, 300'000), usage(600'000, 300'000)};
  const Cost month = cost_of(two, prices(), FreeTier::yes);
  EXPECT_EQ(cents(month.requests), 4);
  EXPECT_EQ(cents(month.compute), 333);
  EXPECT_EQ(cost_of({two.data(), 1}, prices(), FreeTier::yes).total(), 0);
}

TEST(Prices, InitHasItsShareOfTheDuration) {
  Usage used = usage(0, 1e6);
  used.init_gb_seconds = 0.25e6;
  EXPECT_NEAR(cost(used).init, 0.25 * 16.6667, 1e-9);
  EXPECT_NEAR(cost(used).compute, 0.75 * 16.6667, 1e-9);
}

}  // namespace
}  // namespace smyth::simulate
