#include "live/banner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace smyth::live {
namespace {

using testing::HasSubstr;
using testing::Not;

config::Function function(const std::string& name, std::optional<std::string> path,
                          std::uint32_t concurrency, const std::string& strategy) {
  config::Function made;
  made.name = name;
  made.url_path = std::move(path);
  made.spec.concurrency = concurrency;
  made.strategy = strategy;
  return made;
}

TEST(Banner, HasALineForEachFunctionAndTheAddresses) {
  config::Config config;
  config.functions = {function("orders", "/orders/{id}", 2, config::builtin_first_warm),
                      function("stock", std::nullopt, 10, config::builtin_round_robin),
                      function("own", "/", 1, "app.hooks.strategy")};
  EXPECT_EQ(banner(config, "http://127.0.0.1:8080"),
            "  orders  /orders/{id}   concurrency 2  first_warm\n"
            "  stock   (Invoke only)  concurrency 10  round_robin\n"
            "  own     /              concurrency 1  app.hooks.strategy\n"
            "HTTP    http://127.0.0.1:8080\n"
            "Invoke  http://127.0.0.1:8080/2015-03-31/functions/NAME/invocations\n"
            "Status  http://127.0.0.1:8080/smyth/api/status");
}

TEST(Banner, FitsOnAScreenHoweverManyFunctionsThereAre) {
  config::Config config;
  for (int i = 0; i < 200; ++i) {
    config.functions.push_back(
        function("f" + std::to_string(i), "/", 1, config::builtin_first_warm));
  }
  config.functions.back().name = std::string(100, 'x');  // Not shown, and nothing is aligned to it.
  const std::string text = banner(config, "http://h");
  EXPECT_LT(std::ranges::count(text, '\n'), 22);
  EXPECT_THAT(text, HasSubstr("  f15  /  concurrency 1  first_warm\n  ... and 184 more\nHTTP"));
  EXPECT_THAT(text, Not(HasSubstr("f16")));
}

TEST(Banner, SaysSoWithoutFunctions) {
  EXPECT_THAT(banner({}, "http://h"), testing::StartsWith("HTTP    http://h\n"));
}

TEST(UrlOf, IsWhatAClientCanUse) {
  EXPECT_EQ(url_of("127.0.0.1", 8080), "http://127.0.0.1:8080");
  EXPECT_EQ(url_of("localhost", 80), "http://localhost:80");
  EXPECT_EQ(url_of("0.0.0.0", 1), "http://127.0.0.1:1");
  EXPECT_EQ(url_of("::", 1), "http://127.0.0.1:1");
  EXPECT_EQ(url_of("", 1), "http://127.0.0.1:1");
  EXPECT_EQ(url_of("::1", 1), "http://[::1]:1");
}

}  // namespace
}  // namespace smyth::live
