#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "runtime/runtime.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The user's own Python beside the handlers: event functions, context functions and strategies, run
// in one separate process.
namespace smyth::runtime {

// A slot as hooks see it (`process`).
struct HookProcess {
  std::string name;        // "orders:0"
  std::string_view state;  // "cold", "warm", "working"
  std::uint64_t task_counter = 0;
  double last_used_timestamp = 0;  // Unix seconds; 0: never.
  double idle_since = 0;           // Seconds of the server's own clock; 0: it is not idle.
};

struct HookFunction {
  std::string name;
  std::string handler_path;
  double timeout = 0;  // Seconds; 0: none.
  std::uint32_t concurrency = 1;
  std::string url_path;  // As configured; empty: none.
  std::string log_level;
  std::map<std::string, std::string> env;
  std::string event_function;  // Empty: a built-in one, not asked.
  std::string context_function;
  std::string strategy;
};

// The HTTP request as hooks see it; absent for a direct invocation.
struct HookRequest {
  bool present = false;
  std::string method;
  std::string target;  // As sent, with the query.
  std::string scheme = "http";
  std::string client_host;
  std::uint16_t client_port = 0;
  std::string server_host;
  std::uint16_t server_port = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::string>> path_params;
  std::string body;
};

struct Prepared {
  std::string_view event;    // JSON; empty if the function's event function is a built-in one.
  std::string_view context;  // JSON object; empty likewise.
};

class HookEvents {
 public:
  virtual ~HookEvents() = default;
  virtual void on_prepared(InvocationId, const Prepared&) = 0;
  virtual void on_prepare_failed(InvocationId, std::string_view traceback) = 0;
  virtual void on_chosen(InvocationId, std::uint32_t slot) = 0;
  virtual void on_choice_failed(InvocationId, std::string_view traceback) = 0;
  virtual void on_hook_output(std::string_view line) = 0;
  // Files below the project that hooks have loaded since the last time.
  virtual void on_hook_modules(const std::vector<LoadedModule>& modules) = 0;
};

class Hooks {
 public:
  virtual ~Hooks() = default;
  // The function's timeout, at most 10 s, holds for each call: then it has failed.
  virtual void prepare(InvocationId, const HookFunction&, const HookRequest&,
                       const HookProcess&) = 0;
  virtual void choose(InvocationId, const HookFunction&, const std::vector<HookProcess>&) = 0;
  virtual void restart() = 0;  // A hook file has changed: the next call meets a new process.
};

}  // namespace smyth::runtime
