#include "config/diff.h"

#include <gtest/gtest.h>

#include <string>

namespace smyth::config {
namespace {

Config read(const std::string& text) {
  auto config = parse(text, "/p/smyth.toml");
  if (!config) ADD_FAILURE() << describe(config.error().front());
  return config ? *config : Config{};
}

std::string function(const std::string& name, const std::string& lines = {}) {
  return "[handlers." + name + "]\nhandler_path = \"m." + name + "\"\n" + lines;
}

TEST(Diff, NamesNothingWhenNothingChanged) {
  const std::string text = function("a") + function("b");
  EXPECT_EQ(diff(read(text), read("# a comment\n" + text)), Difference{});
  EXPECT_EQ(diff(read(text), read(function("b") + function("a"))), Difference{});
}

TEST(Diff, NamesTheFunctionsThatCameWentAndChanged) {
  const Config before = read(function("a") + function("b") + function("c"));
  const Config after = read(function("d") + function("c", "timeout = 1\n") + function("a"));
  EXPECT_EQ(diff(before, after), (Difference{.added = {"d"}, .removed = {"b"}, .changed = {"c"}}));
}

TEST(Diff, CountsTheServersVariablesAsTheFunctions) {
  const Config before = read("env.X = \"1\"\n" + function("a") + function("b", "env.X = \"3\"\n"));
  const Config after = read("env.X = \"2\"\n" + function("a") + function("b", "env.X = \"3\"\n"));
  EXPECT_EQ(diff(before, after), (Difference{.changed = {"a"}}));
}

TEST(Diff, NamesEverySettingOfTheServer) {
  const Config before = read(function("a"));
  const Config after = read(R"(host = "::1"
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
)" + function("a"));
  EXPECT_EQ(diff(before, after).server,
            (std::vector<std::string_view>{"host", "port", "log_level", "smyth_path_prefix",
                                           "env_file", "python", "allowed_hosts", "allowed_origins",
                                           "lambda_endpoint", "shutdown_grace", "reload"}));
  EXPECT_EQ(diff(after, before).server.size(), 11u);
}

}  // namespace
}  // namespace smyth::config
