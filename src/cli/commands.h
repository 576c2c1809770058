#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The commands: each takes what was typed and returns the exit code.
namespace smyth::cli {

struct RunOptions {
  std::string config;
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<std::string> log_level;
  std::string record;
  bool quiet = false;
  bool report = false;
  bool json = false;
  bool with_parent = false;
  bool no_reload = false;
  bool no_timeout = false;
};
int run(const RunOptions& options);

struct InvokeOptions {
  std::string config;
  std::string function;
  std::string event;  // A file, JSON, or `-`; empty: `{}`.
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  bool log = false;
  bool once = false;
  bool no_timeout = false;
};
int invoke(const InvokeOptions& options);

struct StatusOptions {
  std::string config;
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  bool json = false;
};
int status(const StatusOptions& options);

struct LogsOptions {
  std::string config;
  std::string function;  // Empty: all.
  std::string request_id;
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<std::uint64_t> tail;
  bool follow = false;
  bool json = false;
};
int logs(const LogsOptions& options);

// As it was typed; what each may be is said in simulate/words.h. Empty: not said.
struct SimulateOptions {
  std::vector<std::string> given;  // The names of the options that were typed.
  std::string config;
  std::vector<std::string> functions;  // Names of the configuration, or of one's own.
  // Traffic.
  std::string rate;
  std::string constant;
  std::string mmpp;
  std::vector<std::string> bursts;
  std::string profile;
  std::string trace;
  std::vector<std::string> azure_2019;  // Calls a minute, durations.
  std::string logs;
  std::string replay;  // A record that is decided again, instead of all else.
  std::string clients;
  std::string think;
  std::string retries;
  std::string length;
  // Each function.
  std::string duration;
  std::string init;
  std::string cold_duration;
  std::string memory;
  std::string architecture;
  std::string timeout;
  std::string errors;
  std::string concurrency;
  std::string queue_limit;
  std::string reserved;
  std::string provisioned;
  std::string strategy;
  std::string overflow;
  std::string life;
  bool as_configured = false;
  // What the handlers show when they are run.
  bool is_measured = false;
  std::string measure;  // How often; empty: as often as is usual.
  std::string event;
  // The account.
  std::string account;
  std::string scaling;
  std::string request_rate;
  bool compare = false;  // That there are several questions.
  // The inverse question.
  std::string find;
  std::string until;
  // The run.
  std::string seed;
  std::string precision;
  std::string replications;
  std::string threads;
  std::string warm_up;
  bool free_tier = false;
  // What is told.
  bool json = false;
  bool analytic = false;
  std::string calls;
  std::string series;
  std::string timeline;
  std::string html;
  std::string explain;
};
int simulate(const SimulateOptions& options);

struct CalibrateOptions {
  std::vector<std::string> files;
  std::string output;       // A profile; empty: none.
  std::string early_reuse;  // A length such as `150ms`; empty: zero.
  bool leave_one_out = false;
};
int calibrate(const CalibrateOptions& options);

}  // namespace smyth::cli
