#include "config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace smyth::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Config read(std::string_view text, const char* file = "/p/pyproject.toml") {
  auto config = parse(text, file);
  if (config) return *config;
  for (const Mistake& mistake : config.error()) ADD_FAILURE() << describe(mistake);
  return {};
}

// One function with these lines in its table.
Function function(const std::string& lines) {
  const Config config = read("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n" + lines);
  EXPECT_EQ(config.functions.size(), 1u);
  return config.functions.empty() ? Function{} : config.functions[0];
}

TEST(Config, LogsOfAFunctionAreAsTheServersUnlessItSaysOtherwise) {
  EXPECT_EQ(function("").log, LogSettings{});
  const Config config = read(R"([tool.smyth]
log_format = "JSON"
application_log_level = "debug"
[tool.smyth.handlers.a]
handler_path = "m.f"
[tool.smyth.handlers.b]
handler_path = "m.f"
log_format = "text"
system_log_level = "WARN"
)");
  ASSERT_EQ(config.functions.size(), 2u);
  EXPECT_EQ(config.functions[0].log,
            (LogSettings{.is_json = true, .application_level = "DEBUG", .system_level = "INFO"}));
  EXPECT_EQ(config.functions[1].log,
            (LogSettings{.is_json = false, .application_level = "DEBUG", .system_level = "WARN"}));
}

TEST(Config, ReadsTheGuidesExampleAsItStands) {
  const Config config = read(R"([tool.smyth.handlers.order_handler]
handler_path = "smyth_test_app.handlers.order_handler"
url_path = "/orders/{path:path}"
concurrency = 2

[tool.smyth.handlers.product_handler]
handler_path = "smyth_test_app.handlers.product_handler"
url_path = "/products/{path:path}"
concurrency = 2
strategy_function_path = "smyth.runner.strategy.round_robin"
)");
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.root, "/p");
  ASSERT_EQ(config.functions.size(), 2u);
  const Function& orders = config.functions[0];
  EXPECT_EQ(orders.name, "order_handler");
  EXPECT_EQ(orders.handler_path, "smyth_test_app.handlers.order_handler");
  EXPECT_EQ(orders.url_path, "/orders/{path:path}");
  EXPECT_EQ(orders.spec.concurrency, 2u);
  EXPECT_EQ(orders.spec.strategy, core::Strategy::first_warm);
  EXPECT_EQ(orders.spec.timeout, seconds(6));
  EXPECT_FALSE(orders.spec.prepares);
  EXPECT_EQ(config.functions[1].strategy, builtin_round_robin);
  EXPECT_EQ(config.functions[1].spec.strategy, core::Strategy::round_robin);
}

TEST(Config, ReadsEverySetting) {
  const Config config = read(R"([tool.smyth]
host = "0.0.0.0"
port = 0
log_level = "debug"
smyth_path_prefix = "/control/"
env_file = ".env"
python = ".venv/bin/python"
allowed_hosts = ["box.local"]
allowed_origins = ["http://localhost:3000"]
lambda_endpoint = false
shutdown_grace = 2
reload = false
[tool.smyth.handlers.f]
handler_path = "a/b.f"
architectures = ["arm64"]
url_path = "/f/{id:int}"
timeout = 0.25
concurrency = 3
strategy_generator_path = "mine.strategy"
event_data_function_path = "mine.event"
context_data_function_path = "mine.context"
overflow = "throttle"
queue_limit = 7
queue_wait = 1.5
memory_size = 512
reserved_concurrency = 5
provisioned_concurrency = 2
max_idle = "10m"
max_life = "1h30m"
log_level = "ERROR"
[tool.smyth.account]
concurrency = 500
scaling_rate = 20
request_rate = 0
)");
  Config expected{.file = "/p/pyproject.toml",
                  .root = "/p",
                  .host = "0.0.0.0",
                  .port = 0,
                  .log_level = LogLevel::debug,
                  .prefix = "/control",
                  .python = ".venv/bin/python",
                  .env_file = ".env",
                  .allowed_hosts = {"box.local"},
                  .allowed_origins = {"http://localhost:3000"},
                  .lambda_endpoint = false,
                  .reload = false,
                  .shutdown_grace = seconds(2),
                  .account = {.concurrency = 500, .scaling = 20, .request_rate = 0}};
  expected.functions.push_back({.name = "f",
                                .handler_path = "a/b.f",
                                .architecture = "arm64",
                                .url_path = "/f/{id:int}",
                                .event_function = "mine.event",
                                .context_function = "mine.context",
                                .strategy = "mine.strategy",
                                .log_level = LogLevel::error,
                                .memory_mib = 512,
                                .keeps_memory = true,
                                .spec = {.concurrency = 3,
                                         .queue_limit = 7,
                                         .provisioned = 2,
                                         .reserved = 5,
                                         .strategy = core::Strategy::user,
                                         .overflow = core::Overflow::throttle,
                                         .prepares = true,
                                         .timeout = milliseconds(250),
                                         .queue_wait = milliseconds(1'500),
                                         .idle_max = seconds(600),
                                         .life_max = seconds(5'400)}});
  EXPECT_EQ(config, expected);
}

TEST(Config, GivesWhatIsNotSaidItsDefault) {
  Config expected{.file = "/p/pyproject.toml", .root = "/p"};
  expected.functions.push_back({.name = "f",
                                .handler_path = "m.f",
                                .event_function = builtin_api_gateway_event,
                                .context_function = builtin_context,
                                .strategy = builtin_first_warm});
  EXPECT_EQ(read("[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n"), expected);
}

TEST(Config, ReadsSmythTomlAtTopLevel) {
  const Config config =
      read("port = 9000\n[handlers.f]\nhandler_path = \"m.f\"\n", "/p/smyth.toml");
  EXPECT_EQ(config.port, 9000);
  ASSERT_EQ(config.functions.size(), 1u);
  EXPECT_EQ(config.functions[0].handler_path, "m.f");
}

TEST(Config, KeepsFunctionsInTheOrderOfTheFile) {
  const Config config = read(R"([handlers]
zebra = { handler_path = "m.z", url_path = "/a" }
[handlers.beta]
handler_path = "m.b"
[handlers.alpha.env]
X = "1"
[handlers.gamma]
handler_path = "m.g"
[handlers.alpha]
handler_path = "m.a"
)",
                             "/p/smyth.toml");
  std::string names;
  for (const Function& f : config.functions) names += f.name + " ";
  EXPECT_EQ(names, "zebra beta alpha gamma ");
}

TEST(Config, LetsAFunctionsVariablesWinOverTheServers) {
  const Config config = read(R"([tool.smyth.env]
A = "server"
B = "server"
[tool.smyth.handlers.f]
handler_path = "m.f"
env = { B = "function", C = "" }
[tool.smyth.handlers.g]
handler_path = "m.g"
)");
  EXPECT_EQ(config.functions.at(0).env,
            (std::map<std::string, std::string>{{"A", "server"}, {"B", "function"}, {"C", ""}}));
  EXPECT_EQ(config.functions.at(1).env,
            (std::map<std::string, std::string>{{"A", "server"}, {"B", "server"}}));
}

TEST(Config, TakesZeroAndNoneForNoTimeout) {
  EXPECT_EQ(function("timeout = 0").spec.timeout, Duration{0});
  EXPECT_EQ(function("timeout = 0.0").spec.timeout, Duration{0});
  EXPECT_EQ(function("timeout = \"none\"").spec.timeout, Duration{0});
  EXPECT_EQ(function("timeout = 0.5").spec.timeout, milliseconds(500));
  EXPECT_EQ(function("timeout = 86400").spec.timeout, seconds(86'400));
}

TEST(Config, TakesLengthsAsTextOrAsSeconds) {
  EXPECT_EQ(function("max_idle = 90").spec.idle_max, seconds(90));
  EXPECT_EQ(function("max_idle = 0.5").spec.idle_max, milliseconds(500));
  EXPECT_EQ(function("max_idle = \"90s\"").spec.idle_max, seconds(90));
  EXPECT_EQ(function("max_idle = \"1d2h3m4s\"").spec.idle_max, seconds(93'784));
  EXPECT_EQ(function("max_life = \"2h\"").spec.life_max, seconds(7'200));
  EXPECT_EQ(function("max_life = \"none\"").spec.life_max, Duration{0});
  EXPECT_EQ(function("max_life = 0").spec.life_max, Duration{0});
}

TEST(Config, KnowsHowEnvironmentsEndedOnLambda) {
  const core::FunctionSpec spec = function("life = \"aws-2020\"").spec;
  EXPECT_EQ(spec.function_idle_max, seconds(640));
  EXPECT_EQ(spec.idle_max, seconds(1'150));
  EXPECT_EQ(spec.life_max, seconds(6'150));
  const core::FunctionSpec own =
      function("max_idle = \"5m\"\nlife = \"aws-2020\"\nmax_life = 0").spec;
  EXPECT_EQ(own.function_idle_max, seconds(640));
  EXPECT_EQ(own.idle_max, seconds(300));
  EXPECT_EQ(own.life_max, Duration{0});
}

TEST(Config, HasNoAccountUnlessOneIsWritten) {
  const std::string table = "[handlers.f]\nhandler_path = \"m.f\"\n";
  EXPECT_EQ(read(table, "/p/smyth.toml").account, core::AccountSpec{});
  const core::AccountSpec account{.concurrency = 1'000, .scaling = 1'000, .request_rate = 10};
  EXPECT_EQ(read(table + "[account]\n", "/p/smyth.toml").account, account);
}

// As on Lambda: a small account may switch functions off, but reserve nothing.
TEST(Config, LetsASmallAccountReserveNothingButZero) {
  const std::string table =
      "[account]\nconcurrency = 10\n[handlers.f]\nhandler_path = \"m.f\"\nreserved_concurrency = "
      "0\n";
  EXPECT_EQ(read(table, "/p/smyth.toml").account.concurrency, 10u);
}

TEST(Config, WaitsAsLongAsTheTimeoutAndThirtySecondsWhereThereIsNone) {
  EXPECT_EQ(function("").spec.queue_wait, seconds(6));
  EXPECT_EQ(function("timeout = 2.5").spec.queue_wait, milliseconds(2'500));
  EXPECT_EQ(function("timeout = 0").spec.queue_wait, seconds(30));
  EXPECT_EQ(function("timeout = 0\nqueue_wait = 4").spec.queue_wait, seconds(4));
}

TEST(Config, PreparesOnlyForHooksOfTheUsers) {
  EXPECT_FALSE(
      function("event_data_function_path = \"smyth.event.generate_lambda_invocation_event_data\"")
          .spec.prepares);
  EXPECT_FALSE(function("context_data_function_path = \"smyth.context.generate_context_data\"")
                   .spec.prepares);
  EXPECT_TRUE(function("event_data_function_path = \"mine.event\"").spec.prepares);
  EXPECT_TRUE(function("context_data_function_path = \"mine.context\"").spec.prepares);
}

TEST(Config, TakesBothNamesOfTheStrategyIfTheyAgree) {
  const Function f = function(
      "strategy_generator_path = \"mine.s\"\n"
      "strategy_function_path = \"mine.s\"\n");
  EXPECT_EQ(f.strategy, "mine.s");
  EXPECT_EQ(f.spec.strategy, core::Strategy::user);
}

TEST(LogLevels, AreReadInCapitalsOrNot) {
  EXPECT_EQ(parse_log_level("WARNING"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("critical"), LogLevel::critical);
  EXPECT_EQ(parse_log_level("warn"), std::nullopt);
  EXPECT_EQ(log_level_words()[static_cast<std::size_t>(LogLevel::error)], "ERROR");
}

}  // namespace
}  // namespace smyth::config
