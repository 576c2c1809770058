#include "config/settings.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smyth::config {
namespace {

constexpr double day = 86'400;
constexpr double month = 30 * day;
constexpr double rate_max = 1'000'000;

constexpr std::array all = std::to_array<Setting>({
    {"host", Where::server, Kind::text, R"("127.0.0.1")",
     "Address to listen on. `0.0.0.0` offers the functions to the whole network."},
    {"port", Where::server, Kind::integer, "8080",
     "Port to listen on. 0: any free one, printed at the start.", 0, 65'535},
    {"log_level", Where::server, Kind::level, R"("INFO")",
     "Least level of the server's own messages."},
    {"log_format", Where::server, Kind::text, R"("text")",
     "Format of functions' logs: `\"text\"` or `\"json\"`, as Lambda has them.", 0, 0, R"("json")"},
    {"application_log_level", Where::server, Kind::text, R"("INFO")",
     "With `log_format = \"json\"`: least level of what handlers log, `TRACE`, `DEBUG`, `INFO`, "
     "`WARN`, `ERROR` or `FATAL`.",
     0, 0, R"("DEBUG")"},
    {"system_log_level", Where::server, Kind::text, R"("INFO")",
     "With `log_format = \"json\"`: least level of Lambda's own records, `DEBUG`, `INFO` or "
     "`WARN`.",
     0, 0, R"("WARN")"},
    {"smyth_path_prefix", Where::server, Kind::text, R"("/smyth")",
     "Path under which the server's own pages stand, such as the status. It wins over every "
     "`url_path`."},
    {"env", Where::server, Kind::env, "{}", "Environment variables of all functions.", 0, 0,
     R"({ STAGE = "local" })"},
    {"env_file", Where::server, Kind::text, "",
     "File of `KEY=VALUE` lines, relative to the configuration. Its variables win over the "
     "shell's; "
     "the `env` tables win over them.",
     0, 0, R"(".env")"},
    {"python", Where::server, Kind::text, "",
     "Python interpreter; with a slash relative to the configuration. Without it: the one of "
     "`$VIRTUAL_ENV`, else of `.venv` beside the configuration, else `python3`.",
     0, 0, R"(".venv/bin/python")"},
    {"allowed_hosts", Where::server, Kind::texts, "[]",
     "Values of `Host` answered beside loopback names and the bound address.", 0, 0,
     R"(["my-machine.local"])"},
    {"allowed_origins", Where::server, Kind::texts, "[]",
     "Origins whose web pages may call the server's own pages and Invoke.", 0, 0,
     R"(["http://localhost:3000"])"},
    {"lambda_endpoint", Where::server, Kind::boolean, "true",
     "Set `AWS_ENDPOINT_URL_LAMBDA`, so that handlers that invoke functions invoke the ones here."},
    {"shutdown_grace", Where::server, Kind::seconds, "0.5",
     "How long running invocations may go on when the server is stopped.", 0, 60},
    {"reload", Where::server, Kind::boolean, "true", "Run changed code from the next request on."},
    {"handlers", Where::server, Kind::tables, "",
     "The functions, a table for each: `handlers.NAME`.", 0, 0,
     R"({ NAME = { handler_path = "package.module.function" } })"},
    {"account", Where::server, Kind::table, "",
     "The limits of an AWS account. Without this table there is no account, and only what a "
     "function has reserved limits it.",
     0, 0, "{ concurrency = 1000 }"},

    {"concurrency", Where::account, Kind::integer, "1000",
     "Most invocations that run at a time, of all functions. 100 of them have to stay unreserved "
     "where functions reserve or provision some.",
     1, rate_max},
    {"scaling_rate", Where::account, Kind::integer, "1000",
     "Most new environments of a function in ten seconds; 0: any number.", 0, rate_max},
    {"request_rate", Where::account, Kind::integer, "10",
     "Most requests a second for each of the concurrency, the account's or what a function has "
     "reserved; 0: any number.",
     0, 1'000},

    {"handler_path", Where::function, Kind::text, "",
     "The function's Python: `package.module.function` or `package/module.function`. Required for "
     "Python; other runtimes see it as `_HANDLER`.",
     0, 0, R"("package.module.function")"},
    {"runtime", Where::function, Kind::text, "",
     "Lambda's name of the runtime: `python3.x`, `nodejs20.x`, `java21`, `provided.al2023` and so "
     "on. Without it: Python, or the `command`.",
     0, 0, R"("provided.al2023")"},
    {"command", Where::function, Kind::texts, "[]",
     "Program, with its arguments, that speaks Lambda's Runtime API, such as an official runtime "
     "client.",
     0, 0, R"(["python", "-m", "awslambdaric", "app.handler"])"},
    {"code", Where::function, Kind::text, "",
     "Folder of the function's code, relative to the configuration: there stands `bootstrap`, and "
     "a `command` runs there. Without it: the configuration's folder.",
     0, 0, R"("build/lambda")"},
    {"layers", Where::function, Kind::texts, "[]",
     "Lambda layers: at most five folders or `.zip` files, relative to the configuration. They are "
     "the function's `/opt`, one laid over another: what stands in a later one wins.",
     0, 0, R"(["layers/tools", "layers/libraries.zip"])"},
    {"architectures", Where::function, Kind::texts, "",
     "What it has on Lambda: `[\"x86_64\"]` or `[\"arm64\"]`. Here it runs on this machine's, and "
     "a warning says so where that is the other.",
     0, 0, R"(["arm64"])"},
    {"freeze", Where::function, Kind::boolean, "true",
     "Stop the processes of an environment between two invocations, as Lambda does: threads, "
     "timers "
     "and children stand still until the next event."},
    {"snap_start", Where::function, Kind::boolean, "false",
     "SnapStart: environments of Python go on from one init; its hooks run before the snapshot is "
     "taken and after it is restored, and the variables say so."},
    {"url_path", Where::function, Kind::text, "",
     "Path pattern: `/orders/{id}`, also `{id:int}`, `{x:float}`, `{u:uuid}`, and `{path:path}` "
     "for the rest, "
     "slashes too. The first function that matches serves. Without it: reached by Invoke alone.",
     0, 0, R"("/orders/{path:path}")"},
    {"timeout", Where::function, Kind::limit, "6", "Longest run of one invocation.", 0.001, day},
    {"concurrency", Where::function, Kind::integer, "1", "Most environments at a time.", 1, 1'000},
    {"per_environment_concurrency", Where::function, Kind::integer, "1",
     "Most invocations at a time of one environment, as on Lambda Managed Instances; `concurrency` "
     "counts environments.",
     1, 64},
    {"strategy_generator_path", Where::function, Kind::text,
     R"("smyth.runner.strategy.first_warm")",
     "Which environment serves next: this, `smyth.runner.strategy.round_robin`, or a generator of "
     "your own."},
    {"strategy_function_path", Where::function, Kind::text, "",
     "Another name of `strategy_generator_path`.", 0, 0, R"("smyth.runner.strategy.round_robin")"},
    {"event_data_function_path", Where::function, Kind::text,
     R"("smyth.event.generate_api_gw_v2_event_data")",
     "What makes the event of a request: this, `smyth.event.generate_lambda_invocation_event_data` "
     "(the body "
     "is the event), or a function of your own."},
    {"context_data_function_path", Where::function, Kind::text,
     R"("smyth.context.generate_context_data")",
     "What makes the context's data: this or a function of your own."},
    {"overflow", Where::function, Kind::text, R"("queue")",
     "What happens when all environments are busy: `\"queue\"` waits, `\"throttle\"` refuses as "
     "Lambda does."},
    {"queue_limit", Where::function, Kind::integer, "1000", "Most invocations that wait.", 0,
     100'000},
    {"queue_wait", Where::function, Kind::seconds, "",
     "Longest wait. Without it: as long as `timeout`, 30 s where there is none.", 0.001, day, "30"},
    {"reserved_concurrency", Where::function, Kind::integer, "",
     "Most invocations that run at a time, taken out of the account's concurrency; 0: none may "
     "run. Further ones are refused, whatever `overflow` says.",
     0, rate_max, "50"},
    {"provisioned_concurrency", Where::function, Kind::integer, "0",
     "Environments that are initialised ahead of any invocation.", 0, 1'000},
    {"life", Where::function, Kind::text, R"("none")",
     "How environments end: `\"aws-2020\"` as recorded on Lambda in 2020 (all after 640 s in which "
     "none has worked, one that was idle for 1,150 s, one that is 6,150 s old), `\"none\"` not at "
     "all. `max_idle` and `max_life` win over it.",
     0, 0, R"("aws-2020")"},
    {"max_idle", Where::function, Kind::span, R"("none")",
     "An environment that was idle for so long ends.", 0.001, month, R"("10m")"},
    {"max_life", Where::function, Kind::span, R"("none")",
     "An environment so old ends as soon as it is idle.", 0.001, month, R"("1h30m")"},
    {"memory_size", Where::function, Kind::integer, "",
     "Memory in MB: an environment that has more is killed. Without it: the function is told 128, "
     "and may have more.",
     128, 10'240, "512"},
    {"cpu", Where::function, Kind::text, R"("all")",
     "What an environment has of the processors: `\"all\"` that there are, or as on Lambda what is "
     "`\"proportional\"` to `memory_size`, one for 1,769 MB.",
     0, 0, R"("proportional")"},
    {"tmp", Where::function, Kind::text, R"("own")",
     "Whose `/tmp` an environment has: its `\"own\"`, as on Lambda, or the one that the whole "
     "system has `\"shared\"`."},
    {"ephemeral_storage", Where::function, Kind::integer, "",
     "Size in MB of an environment's own `/tmp`: a write that passes it fails with `ENOSPC`. "
     "Without it: as much as the disk has.",
     512, 10'240, "1024"},
    {"isolate", Where::function, Kind::boolean, "false",
     "The folder of the code can only be read, as on Lambda."},
    {"log_level", Where::function, Kind::level, R"("INFO")",
     "Least level of the handler's `logging`."},
    {"log_format", Where::function, Kind::text, "",
     "Format of this function's log, instead of the server's.", 0, 0, R"("json")"},
    {"application_log_level", Where::function, Kind::text, "",
     "Of this function, instead of the server's.", 0, 0, R"("DEBUG")"},
    {"system_log_level", Where::function, Kind::text, "",
     "Of this function, instead of the server's.", 0, 0, R"("WARN")"},
    {"env", Where::function, Kind::env, "{}",
     "Environment variables of this function; they win over the server's `env`.", 0, 0,
     R"({ STAGE = "local" })"},
    {"simulate", Where::function, Kind::table, "",
     "What `smyth simulate` assumes of the function: a table `simulate`. The server ignores it.", 0,
     0, R"({ rate = 50, duration = "80ms" })"},

    {"rate", Where::simulate, Kind::amount, "", "Calls a second.", 0, 0, R"("3000/min")"},
    {"duration", Where::simulate, Kind::amount, "",
     "How long a call takes: a length of time, or a law as `--duration` takes it.", 0, 0,
     R"("lognormal:p50=80ms,p99=900ms")"},
    {"init", Where::simulate, Kind::amount, "",
     "What a cold start adds to the first call: a length of time, or a law.", 0, 0, R"("450ms")"},
    {"cold_duration", Where::simulate, Kind::amount, "",
     "How long a cold call takes, init and all, instead of `init`.", 0, 0, R"("600ms")"},
    {"errors", Where::simulate, Kind::amount, "", "Share of the calls that fail.", 0, 0, R"("1%")"},
    {"memory", Where::simulate, Kind::integer, "",
     "Memory in MB that is paid for, instead of `memory_size`.", 128, 10'240, "512"},
    {"architecture", Where::simulate, Kind::text, R"("x86_64")",
     "Whose price is paid: `\"x86_64\"` or `\"arm64\"`.", 0, 0, R"("arm64")"},
});

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "string";
    case Kind::integer:
      return "integer";
    case Kind::seconds:
    case Kind::limit:
      return "number of seconds";
    case Kind::span:
      return "number of seconds, or text like `\"1h30m\"`";
    case Kind::amount:
      return "number, or text with a unit";
    case Kind::boolean:
      return "boolean";
    case Kind::texts:
      return "list of strings";
    case Kind::env:
      return "table of strings";
    case Kind::level:
      return "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`";
    case Kind::tables:
      return "table of tables";
    case Kind::table:
      return "table";
  }
  return {};
}

std::string_view where_text(Where where) {
  switch (where) {
    case Where::server:
      return "server";
    case Where::function:
      return "function";
    case Where::account:
      return "account";
    case Where::simulate:
      return "simulate";
  }
  return {};
}

}  // namespace

std::span<const Setting> settings() { return all; }

const Setting& setting(Where where, std::string_view name) {
  const auto found = std::ranges::find_if(
      all, [&](const Setting& s) { return s.where == where && s.name == name; });
  SMYTH_CHECK(found != all.end());
  return *found;
}

std::string type_text(const Setting& setting) {
  std::string text(kind_text(setting.kind));
  if (setting.max > 0) text += fmt::format(", {} to {}", setting.min, setting.max);
  const bool may_be_none = setting.kind == Kind::limit || setting.kind == Kind::span;
  if (may_be_none) text += "; 0 or `\"none\"`: no limit";
  return text;
}

std::string settings_page() {
  std::string page =
      "# Settings\n\n"
      "The keys of `pyproject.toml`, in `[tool.smyth]`, in `[tool.smyth.account]`, in "
      "`[tool.smyth.handlers.NAME]` for each\n"
      "function and in its `[tool.smyth.handlers.NAME.simulate]`, or of `smyth.toml`, at top "
      "level, in `[account]`,\n"
      "`[handlers.NAME]` and `[handlers.NAME.simulate]`. The nearest folder upwards that has "
      "one counts; `smyth.toml` wins over `pyproject.toml`. A function's name has up to 64 "
      "letters, digits, `-` and `_`.\n\n"
      "| setting | of | type | default | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const Setting& s : all) {
    const std::string value = s.default_value.empty() ? "–" : fmt::format("`{}`", s.default_value);
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", s.name, where_text(s.where), type_text(s),
                        value, s.meaning);
  }
  return page;
}

}  // namespace smyth::config
