#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

// Every message that a wrong configuration can lead to, as it is printed.
namespace smyth::config {
namespace {

std::string complaints(std::string_view text, const char* file = "pyproject.toml") {
  const auto config = parse(text, file);
  if (config) return "none";
  std::string all;
  for (const Mistake& mistake : config.error()) all += describe(mistake);
  return all;
}

// Of lines in the table of a function `f`; the first stands in line 3.
std::string of_function(const std::string& lines) {
  return complaints("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n" + lines);
}

// Of lines in `[tool.smyth]`; the first stands in line 2.
std::string of_server(const std::string& lines) {
  return complaints("[tool.smyth]\n" + lines +
                    "\n[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n");
}

TEST(Mistakes, AreAllReportedAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(complaints(R"([tool.smyth]
prot = 80
port = "8080"
[tool.smyth.handlers."my function"]
url_path = "/{id:itn}"
[tool.smyth.handlers.g]
handler_path = "m.g"
concurrency = 0
strategy_generator_path = "first-warm"
)"),
            R"(error: unknown setting `prot` (pyproject.toml:2)
hint: did you mean `port`?
error: `port` must be an integer, not a string (pyproject.toml:3)
hint: write `port = 8080`, without quotes
error: `my function` cannot name a function (pyproject.toml:4)
hint: use 1 to 64 letters, digits, `-` and `_`: `my_function`
error: function `my function` has no `handler_path` (pyproject.toml:4)
hint: add `handler_path = "package.module.function"`
error: `url_path` of function `my function`: unknown convertor `itn` of parameter `id`: `/{id:itn}` (pyproject.toml:5)
hint: did you mean `int`?
error: `concurrency` of function `g` must be between 1 and 1000, not 0 (pyproject.toml:8)
hint: write it like `concurrency = 1`
error: unknown dispatch strategy `first-warm` for function `g` (pyproject.toml:9)
hint: did you mean `smyth.runner.strategy.first_warm`?
)");
}

TEST(Mistakes, HundredOfTheAccountsConcurrencyStayUnreserved) {
  const std::string functions = R"(
[handlers.f]
handler_path = "m.f"
reserved_concurrency = 60
[handlers.g]
handler_path = "m.g"
concurrency = 41
provisioned_concurrency = 41
)";
  const auto of = [&](const std::string& account) {
    const auto config = parse(account + functions, "/p/smyth.toml");
    return config ? std::string() : describe(config.error().front());
  };
  EXPECT_EQ(of("[account]\nconcurrency = 201"), "");
  EXPECT_EQ(of("[account]\nconcurrency = 200"),
            "error: the functions reserve or provision 101 of the account's concurrency of 200 "
            "(/p/smyth.toml:2)\n"
            "hint: 100 have to stay unreserved: write `concurrency = 201`, or reserve less\n");
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("account = 1000"),
            "error: `account` must be a table, not an integer (/p/smyth.toml:1)\n"
            "hint: write it like `account = { concurrency = 1000 }`\n");
  EXPECT_EQ(of("[account]\nconcurency = 1000"),
            "error: unknown setting `concurency` of the account (/p/smyth.toml:2)\n"
            "hint: did you mean `concurrency`?\n");
}

struct Case {
  std::string lines;
  std::string complaint;
};

class FunctionMistake : public testing::TestWithParam<Case> {};
TEST_P(FunctionMistake, IsReported) {
  EXPECT_EQ(of_function(GetParam().lines), GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    All, FunctionMistake,
    testing::Values(
        Case{"concurency = 2",
             "error: unknown setting `concurency` of function `f` (pyproject.toml:3)\n"
             "hint: did you mean `concurrency`?\n"},
        Case{"port = 80",
             "error: unknown setting `port` of function `f` (pyproject.toml:3)\n"
             "hint: `port` is a setting of the server: put it in `[tool.smyth]`\n"},
        Case{"zzzzzzzz = 1",
             "error: unknown setting `zzzzzzzz` of function `f` (pyproject.toml:3)\n"
             "hint: the settings here are `handler_path`, `runtime`, `command`, `code`, `layers`, "
             "`architectures`, `freeze`, "
             "`snap_start`, "
             "`url_path`, "
             "`timeout`, `concurrency`, `per_environment_concurrency`, "
             "`strategy_generator_path`, `strategy_function_path`, `event_data_function_path`, "
             "`context_data_function_path`, `overflow`, `queue_limit`, `queue_wait`, "
             "`reserved_concurrency`, `provisioned_concurrency`, `life`, `max_idle`, `max_life`, "
             "`memory_size`, `cpu`, `tmp`, `ephemeral_storage`, `isolate`, "
             "`log_level`, `log_format`, `application_log_level`, `system_log_level`, `env`, "
             "`simulate`\n"},
        Case{"log_format = \"jsn\"",
             "error: `log_format` of function `f` is unknown: `jsn` (pyproject.toml:3)\n"
             "hint: did you mean `JSON`?\n"},
        Case{"system_log_level = \"ERROR\"",
             "error: `system_log_level` of function `f` is unknown: `ERROR` (pyproject.toml:3)\n"
             "hint: use DEBUG, INFO, WARN\n"},
        Case{"life = \"aws2020\"",
             "error: `life` of function `f` must be `aws-2020` or `none`, not `aws2020` "
             "(pyproject.toml:3)\nhint: did you mean `aws-2020`?\n"},
        Case{"scaling_rate = 3",
             "error: unknown setting `scaling_rate` of function `f` (pyproject.toml:3)\n"
             "hint: `scaling_rate` is a setting of the table `account`\n"},
        Case{"duration = \"80ms\"",
             "error: unknown setting `duration` of function `f` (pyproject.toml:3)\n"
             "hint: `duration` is a setting of a function's table `simulate`\n"},
        Case{"simulate = { rate = true }",
             "error: `rate` of function `f` simulated must be a number or a string, not a boolean "
             "(pyproject.toml:3)\nhint: write it like `rate = \"3000/min\"`\n"},
        Case{
            "simulate = { duration = \"\" }",
            "error: `duration` of function `f` simulated is empty (pyproject.toml:3)\n"
            "hint: write it like `duration = \"lognormal:p50=80ms,p99=900ms\"`, or leave it out\n"},
        Case{"simulate = { memory = 64 }",
             "error: `memory` of function `f` simulated must be between 128 and 10240, not 64 "
             "(pyproject.toml:3)\nhint: write it like `memory = 512`\n"},
        Case{
            "max_idle = \"10 min\"",
            "error: `max_idle` of function `f` is no length of time: `10 min` (pyproject.toml:3)\n"
            "hint: write it like `\"90s\"`, `\"10m\"` or `\"1h30m\"`, or as a number of seconds\n"},
        Case{
            "max_idle = \"30m1h\"",
            "error: `max_idle` of function `f` is no length of time: `30m1h` (pyproject.toml:3)\n"
            "hint: write it like `\"90s\"`, `\"10m\"` or `\"1h30m\"`, or as a number of seconds\n"},
        Case{"max_life = \"40d\"",
             "error: `max_life` of function `f` must be between 0.001 and 2592000, not 3456000 "
             "(pyproject.toml:3)\nhint: 0 or `\"none\"` is no limit\n"},
        Case{"max_life = []",
             "error: `max_life` of function `f` must be a number of seconds or text like "
             "`\"1h30m\"`, not a list (pyproject.toml:3)\n"
             "hint: write it like `max_life = \"1h30m\"`\n"},
        Case{"reserved_concurrency = -1",
             "error: `reserved_concurrency` of function `f` must be between 0 and 1000000, not -1 "
             "(pyproject.toml:3)\nhint: write it like `reserved_concurrency = 50`\n"},
        Case{"snap_start = true\nruntime = \"nodejs22.x\"",
             "error: `snap_start` of function `f` is not served with runtime `nodejs22.x` "
             "(pyproject.toml:3)\n"
             "hint: Lambda restores snapshots of Python and Java: leave it out\n"},
        Case{"concurrency = 20\nper_environment_concurrency = 64",
             "error: `per_environment_concurrency` of function `f` times `concurrency` is 1280: at "
             "most 1000 invocations run at a time (pyproject.toml:4)\n"
             "hint: lower one of them\n"},
        Case{"provisioned_concurrency = 2",
             "error: `provisioned_concurrency` of function `f` is 2, but its `concurrency` is 1 "
             "(pyproject.toml:3)\nhint: write `concurrency = 2`, or provision less\n"},
        Case{"concurrency = 5\nprovisioned_concurrency = 3\nreserved_concurrency = 2",
             "error: `provisioned_concurrency` of function `f` is 3, but its "
             "`reserved_concurrency` is 2 (pyproject.toml:4)\n"
             "hint: provision less, or reserve more\n"},
        Case{"url_path = 3",
             "error: `url_path` of function `f` must be a string, not an integer "
             "(pyproject.toml:3)\n"
             "hint: write it like `url_path = \"/orders/{path:path}\"`\n"},
        Case{"url_path = \"\"",
             "error: `url_path` of function `f` is empty (pyproject.toml:3)\n"
             "hint: write it like `url_path = \"/orders/{path:path}\"`, or leave it out\n"},
        Case{"url_path = \"/{proxy+}\"",
             "error: `url_path` of function `f`: `{proxy+}` is no parameter: `/{proxy+}` "
             "(pyproject.toml:3)\n"
             "hint: write `{proxy:path}` for the rest of a path\n"},
        Case{"url_path = \"/a\\u0000\"",
             "error: `url_path` of function `f` has a NUL character (pyproject.toml:3)\n"
             "hint: remove `\\u0000`\n"},
        Case{"timeout = -1",
             "error: `timeout` of function `f` must be between 0.001 and 86400, not -1 "
             "(pyproject.toml:3)\n"
             "hint: 0 or `\"none\"` is no limit\n"},
        Case{"timeout = nan",
             "error: `timeout` of function `f` must be between 0.001 and 86400, not nan "
             "(pyproject.toml:3)\n"
             "hint: 0 or `\"none\"` is no limit\n"},
        Case{"timeout = inf",
             "error: `timeout` of function `f` must be between 0.001 and 86400, not inf "
             "(pyproject.toml:3)\n"
             "hint: 0 or `\"none\"` is no limit\n"},
        Case{"timeout = 1e-9",
             "error: `timeout` of function `f` must be between 0.001 and 86400, not 1e-09 "
             "(pyproject.toml:3)\n"
             "hint: 0 or `\"none\"` is no limit\n"},
        Case{"timeout = \"1.5\"",
             "error: `timeout` of function `f` must be a number of seconds or `\"none\"`, not a "
             "string "
             "(pyproject.toml:3)\n"
             "hint: write `timeout = 1.5`, without quotes\n"},
        Case{"timeout = \"never\"",
             "error: `timeout` of function `f` must be a number of seconds or `\"none\"`, not a "
             "string "
             "(pyproject.toml:3)\n"
             "hint: write it like `timeout = 6`\n"},
        Case{"queue_wait = 0",
             "error: `queue_wait` of function `f` must be between 0.001 and 86400, not 0 "
             "(pyproject.toml:3)\n"
             "hint: write it like `queue_wait = 30`\n"},
        Case{"timeout = 9223372036854775807",
             "error: `timeout` of function `f` must be between 0.001 and 86400, not "
             "9.223372036854776e+18 (pyproject.toml:3)\n"
             "hint: 0 or `\"none\"` is no limit\n"},
        Case{"queue_wait = \"none\"",
             "error: `queue_wait` of function `f` must be a number of seconds, not a string "
             "(pyproject.toml:3)\n"
             "hint: write it like `queue_wait = 30`\n"},
        Case{"concurrency = 2.5",
             "error: `concurrency` of function `f` must be an integer, not a fraction "
             "(pyproject.toml:3)\n"
             "hint: write it like `concurrency = 1`\n"},
        Case{"concurrency = 1001",
             "error: `concurrency` of function `f` must be between 1 and 1000, not 1001 "
             "(pyproject.toml:3)\n"
             "hint: write it like `concurrency = 1`\n"},
        Case{"queue_limit = -1",
             "error: `queue_limit` of function `f` must be between 0 and 100000, not -1 "
             "(pyproject.toml:3)\n"
             "hint: write it like `queue_limit = 1000`\n"},
        Case{"layers = \"one\"",
             "error: `layers` of function `f` must be a list of strings, not a string "
             "(pyproject.toml:3)\n"
             "hint: write it like `layers = [\"layers/tools\", \"layers/libraries.zip\"]`\n"},
        Case{"layers = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\"]",
             "error: `layers` of function `f` are 6: at most 5 can be had (pyproject.toml:3)\n"
             "hint: put some of them together\n"},
        Case{"architectures = \"arm64\"",
             "error: `architectures` of function `f` must be a list of strings, not a string "
             "(pyproject.toml:3)\n"
             "hint: write it like `architectures = [\"arm64\"]`\n"},
        Case{"architectures = [\"x86_64\", \"arm64\"]",
             "error: `architectures` of function `f` must be a list of one, not of 2 "
             "(pyproject.toml:3)\n"
             "hint: write `[\"x86_64\"]` or `[\"arm64\"]`\n"},
        Case{"architectures = []",
             "error: `architectures` of function `f` must be a list of one, not of 0 "
             "(pyproject.toml:3)\n"
             "hint: write `[\"x86_64\"]` or `[\"arm64\"]`\n"},
        Case{"architectures = [64]",
             "error: `architectures` of function `f` must be a list of strings, not an integer "
             "(pyproject.toml:3)\n"
             "hint: write it like `architectures = [\"arm64\"]`\n"},
        Case{"architectures = [\"arm\"]",
             "error: `architectures` of function `f` must be `x86_64` or `arm64`, not `arm` "
             "(pyproject.toml:3)\n"
             "hint: did you mean `arm64`?\n"},
        Case{"ephemeral_storage = 511",
             "error: `ephemeral_storage` of function `f` must be between 512 and 10240, not 511 "
             "(pyproject.toml:3)\n"
             "hint: write it like `ephemeral_storage = 1024`\n"},
        Case{"snap_start = true\nephemeral_storage = 1024",
             "error: `ephemeral_storage` of function `f` is more than SnapStart allows: 512 "
             "(pyproject.toml:4)\nhint: leave it or `snap_start` out\n"},
        Case{"ephemeral_storage = 512\ntmp = \"shared\"",
             "error: `ephemeral_storage` of function `f` is the size of its own `/tmp`, but `tmp` "
             "is "
             "`shared` (pyproject.toml:3)\nhint: leave one of them out\n"},
        Case{"cpu = \"proportionate\"",
             "error: `cpu` of function `f` must be `all` or `proportional`, not `proportionate` "
             "(pyproject.toml:3)\nhint: did you mean `proportional`?\n"},
        Case{"memory_size = 64",
             "error: `memory_size` of function `f` must be between 128 and 10240, not 64 "
             "(pyproject.toml:3)\n"
             "hint: write it like `memory_size = 512`\n"},
        Case{"overflow = \"que\"",
             "error: `overflow` of function `f` must be `queue` or `throttle`, not `que` "
             "(pyproject.toml:3)\n"
             "hint: did you mean `queue`?\n"},
        Case{"overflow = \"wait\"",
             "error: `overflow` of function `f` must be `queue` or `throttle`, not `wait` "
             "(pyproject.toml:3)\n"
             "hint: `queue` waits for an environment, `throttle` refuses as Lambda does\n"},
        Case{"log_level = \"WARN\"",
             "error: unknown log level `WARN` of function `f` (pyproject.toml:3)\n"
             "hint: did you mean `WARNING`?\n"},
        Case{"log_level = \"loud\"",
             "error: unknown log level `loud` of function `f` (pyproject.toml:3)\n"
             "hint: use `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`\n"},
        Case{"strategy_generator_path = \"a.b\"\nstrategy_function_path = \"a.c\"",
             "error: `strategy_function_path` of function `f` says `a.c`, but "
             "`strategy_generator_path` says "
             "`a.b` (pyproject.toml:4)\n"
             "hint: both are names of one setting: keep one of them\n"},
        Case{"strategy_function_path = \"smyth.runner.strategy.round_robbin\"",
             "error: unknown dispatch strategy `smyth.runner.strategy.round_robbin` for function "
             "`f` "
             "(pyproject.toml:3)\n"
             "hint: did you mean `smyth.runner.strategy.round_robin`?\n"},
        Case{"event_data_function_path = \"smyth.event.other\"",
             "error: unknown event function `smyth.event.other` for function `f` "
             "(pyproject.toml:3)\n"
             "hint: write `smyth.event.generate_api_gw_v2_event_data`, or "
             "`package.module.function` of your "
             "own\n"},
        Case{"context_data_function_path = \"generate_context_dat\"",
             "error: unknown context function `generate_context_dat` for function `f` "
             "(pyproject.toml:3)\n"
             "hint: did you mean `smyth.context.generate_context_data`?\n"},
        Case{"env = \"A=1\"",
             "error: `env` of function `f` must be a table of strings, not a string "
             "(pyproject.toml:3)\n"
             "hint: write it like `env = { STAGE = \"local\" }`\n"},
        Case{"env.DEBUG = true",
             "error: `DEBUG` in `env` of function `f` must be a string, not a boolean "
             "(pyproject.toml:3)\n"
             "hint: quote it: `DEBUG = \"true\"`\n"},
        Case{"env.PORT = 80",
             "error: `PORT` in `env` of function `f` must be a string, not an integer "
             "(pyproject.toml:3)\n"
             "hint: quote it: `PORT = \"80\"`\n"},
        Case{"env.RATE = 0.5",
             "error: `RATE` in `env` of function `f` must be a string, not a fraction "
             "(pyproject.toml:3)\n"
             "hint: quote it: `RATE = \"0.5\"`\n"},
        Case{"env.\"A=B\" = \"x\"",
             "error: `A=B` in `env` of function `f` cannot name a variable (pyproject.toml:3)\n"
             "hint: use letters, digits and `_`\n"}));

class ServerMistake : public testing::TestWithParam<Case> {};
TEST_P(ServerMistake, IsReported) { EXPECT_EQ(of_server(GetParam().lines), GetParam().complaint); }

INSTANTIATE_TEST_SUITE_P(
    All, ServerMistake,
    testing::Values(
        Case{"port = 70000",
             "error: `port` must be between 0 and 65535, not 70000 (pyproject.toml:2)\n"
             "hint: write it like `port = 8080`\n"},
        Case{
            "timeout = 3",
            "error: unknown setting `timeout` (pyproject.toml:2)\n"
            "hint: `timeout` is a setting of a function: put it in `[tool.smyth.handlers.NAME]`\n"},
        Case{"handler = 3",
             "error: unknown setting `handler` (pyproject.toml:2)\n"
             "hint: did you mean `handlers`?\n"},
        Case{"reload = \"false\"",
             "error: `reload` must be `true` or `false`, not a string (pyproject.toml:2)\n"
             "hint: write `reload = false`, without quotes\n"},
        Case{"shutdown_grace = 61",
             "error: `shutdown_grace` must be between 0 and 60, not 61 (pyproject.toml:2)\n"
             "hint: write it like `shutdown_grace = 0.5`\n"},
        Case{"log_level = \"INF\"",
             "error: unknown log level `INF` (pyproject.toml:2)\n"
             "hint: did you mean `INFO`?\n"},
        Case{"smyth_path_prefix = \"control\"",
             "error: `smyth_path_prefix` must begin with a slash: `control` (pyproject.toml:2)\n"
             "hint: write `/control`\n"},
        Case{"smyth_path_prefix = \"/\"",
             "error: `smyth_path_prefix` leaves no path to the functions: `/` (pyproject.toml:2)\n"
             "hint: write it like `smyth_path_prefix = \"/smyth\"`\n"},
        Case{"smyth_path_prefix = \"/a?b\"",
             "error: `smyth_path_prefix` is no plain path: `/a?b` (pyproject.toml:2)\n"
             "hint: use letters, digits, `/`, `-`, `.`, `_` and `~`\n"},
        Case{"allowed_hosts = \"box\"",
             "error: `allowed_hosts` must be a list of strings, not a string (pyproject.toml:2)\n"
             "hint: write it like `allowed_hosts = [\"my-machine.local\"]`\n"},
        Case{"allowed_hosts = [\"http://box.local/x\"]",
             "error: `allowed_hosts` takes names of hosts, not `http://box.local/x` "
             "(pyproject.toml:2)\n"
             "hint: write `box.local`\n"},
        Case{"allowed_hosts = [\n  \"box\",\n  7,\n]",
             "error: `allowed_hosts` must be a list of strings, not an integer (pyproject.toml:4)\n"
             "hint: write it like `allowed_hosts = [\"my-machine.local\"]`\n"},
        Case{"allowed_origins = [\"box.local\"]",
             "error: `allowed_origins` takes origins, not `box.local` (pyproject.toml:2)\n"
             "hint: write `http://box.local` or `https://box.local`\n"},
        Case{"allowed_origins = [\"http://box.local/\"]",
             "error: `allowed_origins` takes origins, not `http://box.local/` (pyproject.toml:2)\n"
             "hint: write `http://box.local`\n"},
        Case{"env.N = 1",
             "error: `N` in `env` must be a string, not an integer (pyproject.toml:2)\n"
             "hint: quote it: `N = \"1\"`\n"}));

TEST(Mistakes, NameTheOtherOfTwoFunctionsWithOneName) {
  EXPECT_EQ(
      complaints("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n\n[tool.smyth.handlers.f]\n"),
      "error: two functions are named `f` (pyproject.toml:4)\n"
      "hint: the first is in line 1: give one of them another name\n");
  EXPECT_EQ(complaints("[handlers]\nf.handler_path = \"m.f\"\n[handlers.f]\n", "smyth.toml"),
            "error: two functions are named `f` (smyth.toml:3)\n"
            "hint: the first is in line 2: give one of them another name\n");
  EXPECT_EQ(complaints("[handlers.\"f\"]\n[handlers.\"f\"]\n", "smyth.toml"),
            "error: two functions are named `f` (smyth.toml:2)\n"
            "hint: the first is in line 1: give one of them another name\n");
}

TEST(Mistakes, NameAKeyThatIsSetTwice) {
  EXPECT_EQ(of_function("timeout = 1\ntimeout = 2"),
            "error: `timeout` is set twice (pyproject.toml:4)\nhint: keep one of the two\n");
  EXPECT_EQ(complaints("[tool.smyth]\n[tool.other]\n[tool.smyth]\n"),
            "error: `tool.smyth` is set twice (pyproject.toml:3)\nhint: keep one of the two\n");
}

TEST(Mistakes, NameTheOtherFunctionWithTheSamePattern) {
  EXPECT_EQ(
      complaints("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\nurl_path = \"/a/{id}\"\n"
                 "[tool.smyth.handlers.g]\nhandler_path = \"m.g\"\nurl_path = \"/a/{name:str}\"\n"),
      "error: `url_path` of function `g` matches what function `f` matches: `/a/{name:str}` "
      "(pyproject.toml:6)\n"
      "hint: the other is in line 3: change one, or leave it out where Invoke is enough\n");
}

TEST(Mistakes, TellWhatIsNoToml) {
  EXPECT_EQ(complaints("[tool.smyth]\nport = \n"),
            "error: not TOML: expected value, saw '\\n' (pyproject.toml:2)\n"
            "hint: mend this line; what follows is checked then\n");
  EXPECT_EQ(complaints("[tool.smyth\n"),
            "error: not TOML: expected ']', saw '\\n' (pyproject.toml:1)\n"
            "hint: mend this line; what follows is checked then\n");
}

TEST(Mistakes, TellOfAKeyThatNoStackHolds) {
  std::string key = "a";
  for (int part = 0; part < 100'000; ++part) key += ".a";
  for (const std::string& line : {key + " = 1", "[" + key + "]", "b = {" + key + " = 1}"}) {
    EXPECT_EQ(complaints("[tool.smyth]\n" + line + "\n"),
              "error: more than 1000 dots in one key (pyproject.toml:2)\n"
              "hint: mend this line; what follows is checked then\n");
  }
}

TEST(Mistakes, TellThatThereIsNothingForUs) {
  EXPECT_EQ(
      complaints("[tool.other]\nx = 1\n"),
      "error: no `[tool.smyth]` table (pyproject.toml)\n"
      "hint: add `[tool.smyth.handlers.NAME]` with `handler_path = \"package.module.function\"`\n");
  EXPECT_EQ(complaints("[handlers.f]\nhandler_path = \"m.f\"\n", "other.toml"),
            "error: no `[tool.smyth]` table (other.toml)\n"
            "hint: put the keys in `[tool.smyth]`, or name the file `smyth.toml`\n");
  EXPECT_EQ(
      complaints("[tool.smyth]\nport = 1\n"),
      "error: no function is configured (pyproject.toml)\n"
      "hint: add `[tool.smyth.handlers.NAME]` with `handler_path = \"package.module.function\"`\n");
  EXPECT_EQ(
      complaints("[tool.smyth.env]\nA = 1\n"),
      "error: no function is configured (pyproject.toml)\n"
      "hint: add `[tool.smyth.handlers.NAME]` with `handler_path = \"package.module.function\"`\n"
      "error: `A` in `env` must be a string, not an integer (pyproject.toml:2)\n"
      "hint: quote it: `A = \"1\"`\n");
  EXPECT_EQ(complaints("", "smyth.toml"),
            "error: no function is configured (smyth.toml)\n"
            "hint: add `[handlers.NAME]` with `handler_path = \"package.module.function\"`\n");
}

TEST(Mistakes, TellWhereTheTablesOfAPyprojectBelongInAFileOfOurOwn) {
  EXPECT_EQ(
      complaints("[handlers.f]\nhandler_path = \"m.f\"\n[tool.smyth]\nport = 1\n", "smyth.toml"),
      "error: unknown setting `tool` (smyth.toml:3)\n"
      "hint: in `smyth.toml` the settings stand at top level: leave `tool.smyth.` out of its "
      "tables\n");
  EXPECT_EQ(complaints("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n", "smyth.toml"),
            "error: unknown setting `tool` (smyth.toml:1)\n"
            "hint: in `smyth.toml` the settings stand at top level: leave `tool.smyth.` out of its "
            "tables\n");
}

TEST(Mistakes, TellWhatShouldBeATable) {
  EXPECT_EQ(complaints("tool.smyth = 1\n"),
            "error: `tool.smyth` must be a table, not an integer (pyproject.toml:1)\n"
            "hint: write `[tool.smyth]` and the settings below it\n");
  EXPECT_EQ(complaints("handlers = [1]\n", "smyth.toml"),
            "error: `handlers` must be a table, not a list (smyth.toml:1)\n"
            "hint: write it like `handlers = { NAME = { handler_path = \"package.module.function\" "
            "} }`\n");
  EXPECT_EQ(complaints("[handlers]\nf = \"m.f\"\n", "smyth.toml"),
            "error: function `f` must be a table, not a string (smyth.toml:2)\n"
            "hint: write `[handlers.NAME]` and the function's settings below it\n");
}

class BadHandlerPath : public testing::TestWithParam<const char*> {};
TEST_P(BadHandlerPath, IsReported) {
  const std::string path = GetParam();
  EXPECT_EQ(complaints("[tool.smyth.handlers.f]\nhandler_path = \"" + path + "\"\n"),
            "error: `handler_path` of function `f` names no function in a module: `" + path +
                "` (pyproject.toml:2)\n"
                "hint: write `package.module.function`\n");
}
INSTANTIATE_TEST_SUITE_P(All, BadHandlerPath,
                         testing::Values("f", "m.", ".f", "m:f", "m..f", "a/.f", "m .f", "a/b"));

TEST(Mistakes, OfControlCharacters) {
  EXPECT_THAT(complaints("port = 80\n[\x01]\n", "smyth.toml"),
              testing::HasSubstr("a control character (0x01) is no TOML"));
}

TEST(Mistakes, OfNamesOfFunctions) {
  const std::string longest(64, 'a');
  const std::string table = "[handlers.\"" + longest + "\"]\nhandler_path = \"m.f\"\n";
  EXPECT_EQ(complaints(table, "smyth.toml"), "none");
  EXPECT_EQ(complaints("[handlers.\"" + longest + "a\"]\nhandler_path = \"m.f\"\n", "smyth.toml"),
            "error: `" + longest +
                "a` cannot name a function (smyth.toml:1)\n"
                "hint: use 1 to 64 letters, digits, `-` and `_`: `" +
                longest + "`\n");
  EXPECT_EQ(complaints("[handlers.\"\"]\nhandler_path = \"m.f\"\n", "smyth.toml"),
            "error: `` cannot name a function (smyth.toml:1)\n"
            "hint: use 1 to 64 letters, digits, `-` and `_`\n");
}

}  // namespace
}  // namespace smyth::config
