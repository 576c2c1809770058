#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

}  // namespace smyth::cli
