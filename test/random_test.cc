#include "test/support/random_walk.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <string_view>

// Random scenarios on the scheduler and on the naive one.
//
//   random_test --scenarios=1000000 --seed=1    the first and how many; a failure names one
namespace smyth::test {
namespace {

std::uint64_t first_seed = 1;
#if __has_feature(address_sanitizer)
std::uint64_t scenarios = 100'000;
#else
std::uint64_t scenarios = 1'000'000;
#endif

TEST(RandomScenarios, AreDecidedAsTheNaiveSchedulerDecides) {
  std::uint64_t steps = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + scenarios; ++seed) {
    RandomWalk walk(seed);
    const std::string trouble = walk.run();
    steps += walk.steps();
    ASSERT_EQ(trouble, "") << explain(seed)
                           << "\nreplay: build/test/random_test --scenarios=1 --seed=" << seed;
  }
  std::printf("%llu scenarios from seed %llu, %llu steps\n",
              static_cast<unsigned long long>(scenarios),
              static_cast<unsigned long long>(first_seed), static_cast<unsigned long long>(steps));
}

void set(std::string_view argument, std::string_view name, std::uint64_t& value) {
  if (!argument.starts_with(name)) return;
  argument.remove_prefix(name.size());
  std::from_chars(argument.data(), argument.data() + argument.size(), value);
}

}  // namespace
}  // namespace smyth::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    smyth::test::set(argv[i], "--seed=", smyth::test::first_seed);
    smyth::test::set(argv[i], "--scenarios=", smyth::test::scenarios);
  }
  return RUN_ALL_TESTS();
}
