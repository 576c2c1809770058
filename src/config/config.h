#pragma once

#include "base/result.h"
#include "core/account.h"
#include "core/function.h"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {

enum class LogLevel : unsigned char { debug, info, warning, error, critical };

// What a function's log is like (LoggingConfig, as Lambda calls it).
struct LogSettings {
  bool is_json = false;
  // Of JSON alone, in capitals.
  std::string application_level = "INFO";  // Least level of what the handler writes.
  std::string system_level = "INFO";       // Of the platform's records.

  bool operator==(const LogSettings&) const = default;
};

// A value as it was written, and where.
struct Written {
  std::string text;  // Empty: it was not.
  unsigned line = 0;
};

// The `simulate` table of a function. What its texts mean is for whoever simulates.
struct Simulated {
  Written rate;
  Written duration;
  Written init;
  Written cold_duration;
  Written errors;
  std::optional<std::uint32_t> memory_mib;
  std::string architecture = "x86_64";

  // To a server it is no change.
  bool operator==(const Simulated&) const { return true; }
};

// One `[tool.smyth.handlers.NAME]` table, checked.
struct Function {
  std::string name;
  std::string handler_path;  // As written: `package.module.function`, `package/module.function`.
  std::string runtime;       // Lambda's name of it: "provided.al2023"; empty: Python, or `command`.
  std::vector<std::string> command;  // The program that speaks the Runtime API, and its arguments.
  bool freeze = true;                // Its environments stand still between invocations.
  bool snap_start = false;           // SnapStart's hooks and variables.
  std::string code;                  // Folder of the code, as written; empty: the project.
  std::vector<std::string> layers;   // Folders and .zip files, as written; later ones win.
  std::string architecture;          // "x86_64" or "arm64"; empty: not said, it is this machine's.
  std::optional<std::string> url_path;  // None: reached by Invoke alone.
  std::string event_function;           // Dotted path; a built-in name runs natively.
  std::string context_function;
  std::string strategy;
  LogLevel log_level = LogLevel::info;
  LogSettings log;
  std::uint32_t memory_mib = 128;
  std::uint32_t capacity = 1;              // Invocations at a time of one environment.
  bool own_tmp = true;                     // Each environment has a /tmp of its own.
  bool isolate = false;                    // Its code can only be read.
  bool keeps_memory = false;               // Environments that have more are killed.
  std::uint32_t ephemeral_mib = 0;         // Size of its own /tmp; 0: there is no limit.
  bool proportional_cpu = false;           // Its share of the processors is that of its memory.
  std::map<std::string, std::string> env;  // [tool.smyth].env overlaid with the function's own.
  Simulated simulated;
  core::FunctionSpec spec;  // What the scheduler needs, derived from the table.

  bool operator==(const Function&) const = default;
};

// Whether its environments are of our own Python: no `command` and no other `runtime`.
bool is_python(const Function& function);

// A whole configuration, checked: everything that `smyth run` is told.
struct Config {
  std::filesystem::path file;  // Absolute.
  std::filesystem::path root;  // Its folder: sys.path[0].
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  LogLevel log_level = LogLevel::info;
  std::string prefix = "/smyth";           // Leading slash, no trailing one.
  std::optional<std::string> python;       // As written; relative to `root` if it has a slash.
  std::optional<std::string> env_file;     // As written, relative to `root`.
  std::map<std::string, std::string> env;  // Of all functions; in each one's `env` already.
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  bool lambda_endpoint = true;
  bool reload = true;
  Duration shutdown_grace = std::chrono::milliseconds(500);
  LogSettings log;                  // Of functions that do not say otherwise.
  core::AccountSpec account;        // Its concurrency is 0 where no `account` is configured.
  std::vector<Function> functions;  // In the order of the file.

  bool operator==(const Config&) const = default;
};

inline constexpr const char* builtin_api_gateway_event =
    "smyth.event.generate_api_gw_v2_event_data";
inline constexpr const char* builtin_invocation_event =
    "smyth.event.generate_lambda_invocation_event_data";
inline constexpr const char* builtin_context = "smyth.context.generate_context_data";
inline constexpr const char* builtin_first_warm = "smyth.runner.strategy.first_warm";
inline constexpr const char* builtin_round_robin = "smyth.runner.strategy.round_robin";

// One mistake, ready to be printed: `error: <message> (<file>:<line>)` and `hint: <hint>`.
struct Mistake {
  std::string message;
  std::filesystem::path file;
  unsigned line = 0;  // 0: the file as a whole.
  std::string hint;
};

// The lines to print: "error: ..." and "hint: ...", each with its newline.
std::string describe(const Mistake& mistake);

// "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", in the order of the enumeration.
std::span<const std::string_view> log_level_words();
// The level of one of these words, in capitals or not.
std::optional<LogLevel> parse_log_level(std::string_view word);

// The configuration file for a start in `folder`: the nearest folder upwards with a `smyth.toml`,
// or with a `pyproject.toml` that has `[tool.smyth]`; `smyth.toml` wins. An error names what was
// looked for.
Result<std::filesystem::path> find(const std::filesystem::path& folder);

// Reads and checks one file: `smyth.toml` (keys at top level) or any other name (`[tool.smyth]`),
// and whether its `env_file` and `python` are there. Every mistake is reported at once.
std::expected<Config, std::vector<Mistake>> load(const std::filesystem::path& file);

// The same of a text alone, for tests and the fuzzer; `file` only names it in mistakes.
std::expected<Config, std::vector<Mistake>> parse(std::string_view text,
                                                  const std::filesystem::path& file);

}  // namespace smyth::config
