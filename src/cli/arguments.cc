#include "cli/arguments.h"

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/project.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::cli {
namespace {

constexpr const char* version = "smyth " SMYTH_VERSION;

constexpr const char* footer = R"(Examples:
  smyth                              serve the functions of this project
  smyth run --port 0 --json          for test suites: any free port, told on stdout
  smyth invoke orders --event '{"id": 1}'
  smyth invoke orders --event event.json --once --log
Documents: docs/ beside the source.)";

void add_address(CLI::App& app, std::optional<std::string>& host, std::optional<std::uint16_t>& port) {
  app.add_option("--host", host, "Address to listen on, or of the server (default: the configuration's)");
  app.add_option("--port", port, "Port to listen on, or of the server; `run`: 0 takes any free one")
      ->check(CLI::Range(0, 65'535));
}

void add_config(CLI::App& app, std::string& config) {
  app.add_option("--config", config, "Configuration file (default: the nearest one upwards)")
      ->type_name("FILE");
}

void add_run(CLI::App& app, RunOptions& options) {
  add_address(app, options.host, options.port);
  add_config(app, options.config);
  app.add_option("--log-level", options.log_level, "DEBUG, INFO, WARNING, ERROR or CRITICAL");
  app.add_option("--record", options.record, "Write every input of the scheduler to a file")
      ->type_name("FILE");
  app.add_flag("--quiet", options.quiet, "No start-up lines and no line for each request");
  app.add_flag("--json", options.json, "Print one line of JSON on stdout once it accepts: url, port, pid");
  app.add_flag("--with-parent", options.with_parent, "End when standard input ends");
  app.add_flag("--no-reload", options.no_reload, "Do not run changed code");
  app.add_flag("--no-timeout", options.no_timeout, "No time limits, for debuggers in an IDE");
}

void add_invoke(CLI::App& app, InvokeOptions& options) {
  app.add_option("function", options.function, "Name of the function")->required();
  app.add_option("--event", options.event, "The event: a file, JSON, or `-` for stdin (default: {})")
      ->type_name("FILE|JSON|-");
  add_address(app, options.host, options.port);
  add_config(app, options.config);
  app.add_flag("--log", options.log, "Print the invocation's log on stderr");
  app.add_flag("--once", options.once, "Without a server: one environment, started and ended");
  app.add_flag("--no-timeout", options.no_timeout, "With --once: no time limit");
}

void add_status(CLI::App& app, StatusOptions& options) {
  add_address(app, options.host, options.port);
  add_config(app, options.config);
  app.add_flag("--json", options.json, "As the server tells it");
}

int misused(const CLI::App& app, const CLI::ParseError& error) {
  std::string message = error.what();
  if (!message.empty()) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "smyth" : "smyth " + chosen.front()->get_name();
  return report({ErrorCode::misused, message, fmt::format("`{} --help` lists what there is", command)});
}

Result<void> check_command(std::string_view word) {
  constexpr std::string_view commands[] = {"run", "invoke", "status"};
  if (std::ranges::find(commands, word) != std::end(commands)) return {};
  const std::string_view near = nearest(word, commands);
  return misuse(fmt::format("unknown command `{}`", word),
                near.empty() ? "`smyth --help` lists what there is" : fmt::format("did you mean `{}`?", near));
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
  app.set_version_flag("--version", version);
  app.footer(footer);
  app.require_subcommand(1);
  RunOptions run_options;
  InvokeOptions invoke_options;
  StatusOptions status_options;
  CLI::App& run_app = *app.add_subcommand("run", "Serve the functions over HTTP (also plain `smyth`)");
  CLI::App& invoke_app = *app.add_subcommand("invoke", "Invoke a function and print its result");
  CLI::App& status_app = *app.add_subcommand("status", "Show the environments of the running server");
  add_run(run_app, run_options);
  add_invoke(invoke_app, invoke_options);
  add_status(status_app, status_options);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return misused(app, error);
  }
  if (run_app.parsed()) return run(run_options);
  return invoke_app.parsed() ? invoke(invoke_options) : status(status_options);
}

}  // namespace smyth::cli
