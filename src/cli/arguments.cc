#include "cli/arguments.h"

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "cli/simulate_arguments.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::cli {
namespace {

constexpr const char* version = "smyth " SMYTH_VERSION;

constexpr std::string_view commands[] = {"run",    "invoke",   "logs",
                                         "status", "simulate", "calibrate"};

constexpr const char* footer = R"(`smyth` alone is `smyth run` and takes its options.
Examples:
  smyth                              serve the functions of this project
  smyth invoke orders --event '{"id": 1}'
  smyth run --help                   what a command takes)";

constexpr const char* run_footer = R"(Examples:
  smyth run                          serve the functions of this project
  smyth run --port 0 --json          for test suites: any free port, told on stdout)";

constexpr const char* invoke_footer = R"(Examples:
  smyth invoke orders --event '{"id": 1}'
  smyth invoke orders --event event.json --once --log)";

constexpr const char* logs_footer = R"(Examples:
  smyth logs orders --tail 20        the last lines of a function
  smyth logs --follow                what comes from now on, too
  smyth logs --json | jq .text       for scripts)";

constexpr const char* calibrate_footer = R"(Examples:
  smyth calibrate reports.txt        what the log of a function says of its environments
  smyth calibrate *.csv --early-reuse 150ms --output profile.toml)";

constexpr const char* status_footer = R"(Example:
  smyth status --json                for scripts)";

// Checked by hand: what CLI11 says of a number is meant for programmers.
std::string check_port(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 5 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number && std::stoi(text) <= 65'535 ? std::string{}
                                                : fmt::format("`{}` is no port: 0 to 65535", text);
}

std::string check_count(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 9 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::string{} : fmt::format("`{}` is no number of records", text);
}

void add_port(CLI::App& app, std::optional<std::uint16_t>& port, const char* meaning) {
  app.add_option("--port", port, meaning)->type_name("PORT")->check(check_port);
}

// Where the running server is.
void add_server(CLI::App& app, std::optional<std::string>& host,
                std::optional<std::uint16_t>& port) {
  app.add_option("--host", host, "Address of the server (default: the configuration's)")
      ->type_name("HOST");
  add_port(app, port, "Port of the server (default: the configuration's)");
}

void add_config(CLI::App& app, std::string& config) {
  app.add_option("--config", config, "Configuration file (default: the nearest one upwards)")
      ->type_name("FILE");
}

void add_run(CLI::App& app, RunOptions& options) {
  app.add_option("--host", options.host, "Address to listen on (default: the configuration's)")
      ->type_name("HOST");
  add_port(app, options.port, "Port to listen on (default: the configuration's); 0: any free one");
  add_config(app, options.config);
  app.add_option("--log-level", options.log_level,
                 "Least level of the server's talk: DEBUG, INFO, WARNING, ERROR or CRITICAL")
      ->type_name("LEVEL");
  app.add_option("--record", options.record, "Write every input of the scheduler to a file")
      ->type_name("FILE");
  app.add_flag("--quiet", options.quiet, "No start-up lines and no line for each request");
  app.add_flag("--report", options.report,
               "Show Lambda's own lines of functions' logs: START, END, REPORT and the like");
  app.add_flag("--json", options.json,
               "Print one line of JSON on stdout once it accepts: url, port, pid");
  app.add_flag("--with-parent", options.with_parent, "End when standard input ends");
  app.add_flag("--no-reload", options.no_reload, "Do not run changed code");
  app.add_flag("--no-timeout", options.no_timeout, "No time limits, for debuggers in an IDE");
  app.footer(run_footer);
}

void add_invoke(CLI::App& app, InvokeOptions& options) {
  app.add_option("NAME", options.function, "The function's name in the configuration")
      ->type_name("")
      ->required();
  app.add_option("--event", options.event,
                 "The event: a file, JSON, or `-` for stdin (default: {})")
      ->type_name("FILE|JSON|-");
  add_server(app, options.host, options.port);
  add_config(app, options.config);
  app.add_flag("--log", options.log, "Print the invocation's log on stderr");
  app.add_flag("--once", options.once, "Without a server: one environment, started and ended");
  app.add_flag("--no-timeout", options.no_timeout, "With --once: no time limit");
  app.footer(invoke_footer);
}

void add_logs(CLI::App& app, LogsOptions& options) {
  app.add_option("NAME", options.function, "A function's name (default: all functions)")
      ->type_name("");
  app.add_flag("-f,--follow", options.follow, "Go on with what comes, until Ctrl-C");
  app.add_option("--request-id", options.request_id, "Only of this invocation")->type_name("ID");
  app.add_option("--tail", options.tail, "Only the last N records of what there is")
      ->type_name("N")
      ->check(check_count);
  add_server(app, options.host, options.port);
  add_config(app, options.config);
  app.add_flag("--json", options.json, "Print each record as the server tells it, one a line");
  app.footer(logs_footer);
}

void add_status(CLI::App& app, StatusOptions& options) {
  add_server(app, options.host, options.port);
  add_config(app, options.config);
  app.add_flag("--json", options.json, "Print the server's own JSON");
  app.footer(status_footer);
}

void add_calibrate(CLI::App& app, CalibrateOptions& options) {
  app.add_option("FILE", options.files,
                 "Recorded calls that say which were cold: REPORT lines, CSV or JSON lines")
      ->type_name("")
      ->required();
  app.add_option("--output", options.output, "Write a profile, for `--life`")->type_name("FILE");
  app.add_option("--early-reuse", options.early_reuse,
                 "How much before its client has the answer an environment is free (default: 0; "
                 "150ms suits times from the client's side)")
      ->type_name("LENGTH");
  app.add_flag("--leave-one-out", options.leave_one_out,
               "Also foretell each trace with the constants of the others");
  app.footer(calibrate_footer);
}

// The option that was probably meant.
std::string nearest_option(const CLI::App& app, std::string_view given) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest(given.substr(0, given.find('=')), known));
}

// What was typed and is neither an option nor anything that the command takes.
Error unexpected(const CLI::App& app, const std::string& command, std::string given) {
  std::string help = fmt::format("`{} --help` lists what there is", command);
  if (given.starts_with('-')) {
    const std::string near = nearest_option(app, given);
    return {ErrorCode::misused, fmt::format("`{}` has no option `{}`", command, given),
            near.empty() ? std::move(help) : fmt::format("did you mean `{}`?", near)};
  }
  if (app.get_name() == "run") {  // The original serves an application that is named here.
    return {
        ErrorCode::misused, fmt::format("`{}` takes no application: `{}`", command, given),
        "write the functions into `[tool.smyth.handlers.NAME]` of `pyproject.toml`, each with its "
        "`handler_path`"};
  }
  return {ErrorCode::misused, fmt::format("`{}` takes no `{}`", command, given), std::move(help)};
}

int misused(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& at = chosen.empty() ? app : *chosen.front();
  const std::string command = chosen.empty() ? "smyth" : "smyth " + at.get_name();
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    if (const auto extra = at.remaining(true); !extra.empty()) {
      const auto option = std::ranges::find_if(
          extra, [](const std::string& word) { return word.starts_with('-'); });
      return report(unexpected(at, command, option == extra.end() ? extra.front() : *option));
    }
  }
  std::string message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    const bool is_repeated = message.find(": At Most ") != message.npos;
    message = fmt::format("`{}` {}", message.substr(0, message.find(':')),
                          is_repeated ? "is there twice" : "needs a value");
  } else if (dynamic_cast<const CLI::RequiredError*>(&error)) {
    message = fmt::format("`{}` needs the name of a {}", command,
                          at.get_name() == "calibrate" ? "file" : "function");
  } else if (const std::size_t colon = message.find(": ");
             message.starts_with("--") && colon < message.size()) {
    message = fmt::format("`{}`{}", message.substr(0, colon), message.substr(colon));
  }
  return report(
      {ErrorCode::misused, message, fmt::format("`{} --help` lists what there is", command)});
}

Result<void> check_command(std::string_view word) {
  if (std::ranges::find(commands, word) != std::end(commands)) return {};
  const std::string_view near = nearest(word, commands);
  return misuse(fmt::format("unknown command `{}`", word),
                near.empty() ? "the commands are `run`, `invoke`, `logs`, `status`, `simulate` and "
                               "`calibrate`"
                             : fmt::format("did you mean `{}`?", near));
}

// `smyth --port 0` is `smyth run --port 0`.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto is_general = [](std::string_view word) {
    return word == "--help" || word == "-h" || word == "--version";
  };
  if (arguments.empty() || (arguments[0].starts_with('-') && !is_general(arguments[0]))) {
    arguments.insert(arguments.begin(), "run");
  }
  return {arguments.rbegin(), arguments.rend()};  // CLI11 takes them from the end.
}

}  // namespace

int execute(int argc, char** argv) {
  if (argc > 1 && argv[1][0] != '-') {
    if (const auto known = check_command(argv[1]); !known) return report(known.error());
  }
  CLI::App app("Runs AWS Lambda functions on this machine the way Lambda runs them.", "smyth");
  app.set_version_flag("--version", version, "Show the version");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Show this help");
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.get_formatter()->label("REQUIRED", "");
  RunOptions run_options;
  InvokeOptions invoke_options;
  LogsOptions logs_options;
  StatusOptions status_options;
  SimulateOptions simulate_options;
  CalibrateOptions calibrate_options;
  CLI::App& run_app =
      *app.add_subcommand("run", "Serve the functions over HTTP (also plain `smyth`)");
  CLI::App& invoke_app = *app.add_subcommand("invoke", "Invoke a function and print its result");
  CLI::App& logs_app =
      *app.add_subcommand("logs", "Show the logs of functions of the running server");
  CLI::App& status_app =
      *app.add_subcommand("status", "Show the environments of the running server");
  CLI::App& simulate_app = *app.add_subcommand(
      "simulate", "Say how many cold starts, throttles and dollars traffic would lead to");
  CLI::App& calibrate_app =
      *app.add_subcommand("calibrate", "Fit the lives of environments to recorded calls");
  for (CLI::App* command :
       {&run_app, &invoke_app, &logs_app, &status_app, &simulate_app, &calibrate_app})
    command->group("Commands");
  add_run(run_app, run_options);
  add_invoke(invoke_app, invoke_options);
  add_logs(logs_app, logs_options);
  add_status(status_app, status_options);
  add_simulate(simulate_app, simulate_options);
  add_calibrate(calibrate_app, calibrate_options);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return misused(app, error);
  }
  if (run_app.parsed()) return run(run_options);
  if (logs_app.parsed()) return logs(logs_options);
  if (simulate_app.parsed()) return simulate(simulate_options);
  if (calibrate_app.parsed()) return calibrate(calibrate_options);
  return invoke_app.parsed() ? invoke(invoke_options) : status(status_options);
}

}  // namespace smyth::cli
