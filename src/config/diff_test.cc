#include "config/diff.h"

#include <gtest/gtest.h>

#include <string>

namespace smyth::config {
namespace {

Config configured(const std::string& text) {
  auto config = parse(text, "/p/smyth.toml");
  if (!config) ADD_FAILURE() << describe(config.error().front());
  return config ? *config : Config{};
}

std::string function_named(const std::string& name, const std::string& lines = {}) {
  return "[handlers." + name + "]\nhandler_path = \"m." + name + "\"\n" + lines;
}

TEST(Diff, NamesNothingWhenNothingChanged) {
  const std::string text = function_named("a") + function_named("b");
  EXPECT_EQ(diff(configured(text), configured("# a comment\n" + text)), Difference{});
  EXPECT_EQ(diff(configured(text), configured(function_named("b") + function_named("a"))),
            Difference{});
}

TEST(Diff, NamesTheFunctionsThatCameWentAndChanged) {
  const Config before = configured(function_named("a") + function_named("b") + function_named("c"));
  const Config after =
      configured(function_named("d") + function_named("c", "timeout = 1\n") + function_named("a"));
  EXPECT_EQ(diff(before, after), (Difference{.added = {"d"}, .removed = {"b"}, .changed = {"c"}}));
}

TEST(Diff, CountsTheServersVariablesAsTheFunctions) {
  const Config before =
      configured("env.X = \"1\"\n" + function_named("a") + function_named("b", "env.X = \"3\"\n"));
  const Config after =
      configured("env.X = \"2\"\n" + function_named("a") + function_named("b", "env.X = \"3\"\n"));
  EXPECT_EQ(diff(before, after), (Difference{.changed = {"a"}}));
}

TEST(Diff, NamesEverySettingOfTheServer) {
  const Config before = configured(function_named("a"));
  const Config after = configured(R"(host = "::1"
port = 1
log_level = "ERROR"
smyth_path_prefix = "/x"
env_file = "e"
python = "p"
allowed_hosts = ["h"]
allowed_origins = ["http://o"]
lambda_endpoint = false
shutdown_grace = 1
reload = false
)" + function_named("a"));
  EXPECT_EQ(diff(before, after).server,
            (std::vector<std::string_view>{"host", "port", "log_level", "smyth_path_prefix",
                                           "env_file", "python", "allowed_hosts", "allowed_origins",
                                           "lambda_endpoint", "shutdown_grace", "reload"}));
  EXPECT_EQ(diff(after, before).server.size(), 11u);
}

}  // namespace
}  // namespace smyth::config
