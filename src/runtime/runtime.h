#pragma once

#include "base/exit_status.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// What the live driver asks of execution environments, and what they tell it. The driver is written
// against these two interfaces; PythonRuntime carries them out with real processes, the tests' fake
// with modelled ones.
namespace smyth::runtime {

// What runs in an environment, and how it is spoken to.
enum class Kind : unsigned char {
  python,   // Our bootstrap, over frames.
  node,     // The same, of Node.
  program,  // `command` or a `bootstrap`, over the Runtime API.
};

// All that an environment needs to start. Sent whole as the JSON of the `start` frame, up to
// `config_json`; the names of the JSON members are these.
struct StartSpec {
  std::string name;      // Slot: "orders:0".
  std::string function;  // "orders"
  std::string handler;   // As configured.
  std::string arn;       // Unqualified function ARN.
  std::string log_group;
  std::string log_stream;
  std::string log_level;  // "INFO"
  std::string version = "$LATEST";
  std::uint32_t memory = 128;  // MB
  double timeout = 0;          // Seconds; 0: none.
  std::string cwd;             // Working directory: where the server was started.
  std::string project;         // Root of the configuration: modules below are loaded from source.
  std::vector<std::string> sys_path;           // Goes before the interpreter's own path.
  std::map<std::string, std::string> environ;  // The whole environment of the handler.
  std::string config_json;  // context.smyth["handler"]["smyth_handler_config"]; member `config`

  Kind kind = Kind::python;
  std::string version_arn;
  std::string version_name;        // For the log: "python:3.12.v1".
  std::uint32_t memory_limit = 0;  // MB, as `memory` if that is kept; 0: it is not.
  bool own_tmp = false;            // Its /tmp is its own.
  std::uint32_t tmp_limit = 0;     // MB that its own /tmp holds; 0: as many as there are.
  std::uint32_t cpu_limit = 0;     // Thousandths of a processor; 0: all that there are.
  std::string read_only;           // Folder that it cannot write to; empty: none.
  std::string opt;                 // Folder that is to be mounted on its /opt; empty: none.
  std::string layers;  // Where it sees its layers, one laid over another; empty: it has none.
  // Its external extensions: the programs in `extensions` of its layers, as it sees them, by name.
  std::vector<std::string> extensions;
  std::uint32_t packed = 0;  // Which state of its layers and its code's .zip.
  // How many invocations a program serves at once, each as an environment of the scheduler's; those
  // with the same `shared` are one program. One invocation: `shared` says nothing.
  std::uint32_t capacity = 1;
  std::string shared;
  // Whose init it goes on from, with all that name the same; empty: its own. Python's alone.
  std::string snapshot;
  double restore_timeout = 10;       // Seconds; 0: none.
  bool freeze = true;                // It stands still between invocations.
  std::vector<std::string> command;  // Of a program; of Node its path alone.
};

// One invocation for an environment; views are only read during deliver().
struct Delivery {
  std::int64_t deadline_unix_ms = 0;  // 0: none.
  std::uint64_t task_counter = 0;
  double last_used_unix_s = 0;
  std::string_view request_id;
  std::string_view invoked_arn;
  std::string_view client_context;
  std::string_view identity;
  std::string_view trace_id;
  std::string_view context;  // JSON object of a user's context function; may be empty.
  std::string_view event;    // JSON
  // StartSpec's, if it says something else since the environment has heard of it; else empty.
  std::string_view config_json;
};

// A file below the project that an environment loaded, as it was when it was read.
struct LoadedModule {
  std::string_view path;
  std::int64_t mtime_ns = 0;
  std::int64_t size = 0;
};

struct Report {
  std::uint32_t max_rss_kib = 0;
  std::vector<LoadedModule> modules;
  std::string_view document;  // Result, or error document: JSON text. Empty with `ready`.
};

using smyth::ExitStatus;

// Why an environment ends, as Lambda tells its extensions.
enum class ShutdownReason : unsigned char { spindown, timeout, failure };

// An extension of an environment, when init is over.
struct ExtensionReport {
  std::string_view name;
  std::string_view state;       // "Ready"
  std::string_view events;      // "INVOKE,SHUTDOWN"
  std::string_view error_type;  // Empty: none.
};

// Told on the loop's thread, never from within a call of Runtime. Views live during the call.
// Output that an environment wrote before it said something is told before.
class RuntimeEvents {
 public:
  virtual ~RuntimeEvents() = default;
  // Of one with a snapshot, before all else: the init begins that the snapshot is taken of, or
  // (after that, in the same environment or another) the snapshot is restored.
  virtual void on_initialising(EnvironmentId) {}
  virtual void on_restoring(EnvironmentId) {}
  // In between: what the snapshot holds that environments must not share, as text on one line.
  virtual void on_shared(EnvironmentId, std::string_view) {}
  virtual void on_ready(EnvironmentId, const Report&) = 0;
  virtual void on_init_failed(EnvironmentId, const Report&) = 0;
  virtual void on_result(EnvironmentId, const Report&) = 0;
  virtual void on_error(EnvironmentId, const Report&) = 0;  // The handler raised.
  // The same two of a runtime that says apart when it is ready for the next invocation: the caller
  // has its answer, the environment is busy until on_invocation_done().
  virtual void on_answered(EnvironmentId, const Report&, bool is_error) = 0;
  virtual void on_invocation_done(EnvironmentId) = 0;
  // The runtime is ready for what comes next; the init, or the invocation that on_answered() told
  // of, goes on in extensions.
  virtual void on_runtime_done(EnvironmentId) {}
  virtual void on_exit(EnvironmentId, ExitStatus) = 0;  // Not after kill() or stop().
  // `misused`: its program or its working folder is not there or cannot be used.
  virtual void on_spawn_failed(EnvironmentId, const Error&) = 0;
  // Before the answer of an invocation: what of it still runs, as text on one line.
  virtual void on_left_running(EnvironmentId, std::string_view) {}
  virtual void on_pause(EnvironmentId) = 0;  // Wants the terminal.
  virtual void on_proceed(EnvironmentId) = 0;
  // Output as it was written, one line without its end, or a part of a long one (at most 64 KiB),
  // or what stands when the environment answers.
  virtual void on_output(EnvironmentId, std::string_view line) = 0;
  virtual void on_extension_output(EnvironmentId, std::string_view /*name*/,
                                   std::string_view /*line*/) {}
  virtual void on_extension(EnvironmentId, const ExtensionReport&) {}
};

class Process;

class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual void start(EnvironmentId, const StartSpec&) = 0;
  virtual void deliver(EnvironmentId, const Delivery&) = 0;
  // Its processes die at once, with all their descendants, and are reaped; nothing more is told of
  // it, except output that was written before: that is told before kill() returns. One that has
  // ended by itself is passed over.
  virtual void kill(EnvironmentId) = 0;
  // The same, for one that begins again. If it has extensions, these have a moment to end, and
  // what they write in it is told as their output.
  virtual void reset(EnvironmentId id, ShutdownReason) { kill(id); }
  // The same for an idle one that is not wanted any more, nor what it has in /tmp. With
  // extensions its runtime has a moment to end, too.
  virtual void stop(EnvironmentId) = 0;
  // No environment with this snapshot is started any more: it goes with the last one.
  virtual void forget_snapshot(std::string_view) {}
  virtual void grant_terminal(EnvironmentId, bool granted) = 0;
  // The most memory that its processes have had, where it has to be looked up; 0: not known, or
  // told with its reports.
  virtual std::uint32_t peak_memory_kib(EnvironmentId) { return 0; }
  // The process that it runs in, for whoever adds others to the environment; null: there is none.
  virtual std::shared_ptr<Process> process(EnvironmentId) { return nullptr; }
  // The same, which is given away: nothing more is told of it here.
  virtual std::shared_ptr<Process> release(EnvironmentId) { return nullptr; }
  // Processes of environments that are not reaped yet.
  virtual std::size_t process_count() const = 0;
};

}  // namespace smyth::runtime
