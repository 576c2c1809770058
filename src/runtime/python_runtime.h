#pragma once

#include "base/result.h"
#include "runtime/process.h"
#include "runtime/processes.h"
#include "runtime/runtime.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {

// Environments as processes of Python that a zygote forks; frame.h is the contract with them.
//
// What a handler does to the socket is between it and its environment: frames out of order, of
// unknown types or broken ones end that environment alone.
class PythonRuntime final : public Runtime, private ProcessEvents {
 public:
  using Options = Zygote::Program;
  // Starts the zygote, so that it is ready for the first environment, and does not wait for it.
  static Result<std::unique_ptr<PythonRuntime>> open(boost::asio::io_context& loop,
                                                     Options options);

  // Before anything is started. `events` outlives this object or is told nothing when the loop no
  // longer runs.
  void set_events(RuntimeEvents& events) { events_ = &events; }

  void start(EnvironmentId id, const StartSpec& spec) override;
  void deliver(EnvironmentId id, const Delivery& delivery) override;
  void kill(EnvironmentId id) override;
  void stop(EnvironmentId id) override {
    kill(id);
    processes_->tmp().remove(id);
  }
  std::uint32_t peak_memory_kib(EnvironmentId id) override;
  std::shared_ptr<Process> process(EnvironmentId id) override;
  std::shared_ptr<Process> release(EnvironmentId id) override;
  void forget_snapshot(std::string_view name) override;
  void grant_terminal(EnvironmentId id, bool granted) override;
  // One that stands by is not counted.
  std::size_t process_count() const override;

  // Starts a Node that waits for the next environment like this one.
  void stand_by(const StartSpec& of);

  // For the hooks process, which the same zygote forks.
  Processes& processes() { return *processes_; }

 private:
  enum class Phase : unsigned char { init, idle, busy, ending };
  struct Environment {
    EnvironmentId id;
    Phase phase = Phase::init;
    bool is_paused = false;
    bool freezes = true;
    // Shared with Processes; none: it has ended, or waits for its snapshot. The one whose init the
    // snapshot is taken of has that process until it is ready.
    std::shared_ptr<Process> process = {};
    std::unique_ptr<boost::asio::steady_timer> restore_limit = {};
  };
  // A process that runs a function's init once, and then forks environments that go on from there.
  struct Snapshot {
    struct Waiting {
      EnvironmentId id;
      StartSpec spec;
    };
    std::shared_ptr<Process> process;
    Mounts mounts;
    bool is_ready = false;
    bool is_forgotten = false;
    std::vector<Waiting> waiting;  // The init is the first one's.
  };
  using Snapshots = std::map<std::string, Snapshot, std::less<>>;

  explicit PythonRuntime(std::unique_ptr<Processes> processes);

  void on_frame(Process& process, const Frame& frame) override;
  void on_line(Process& process, std::string_view line) override;
  void on_end(Process& process, ExitStatus status) override;
  void on_spawn_failed(Process& process, const Error& error) override;

  void stand_by();
  std::shared_ptr<Process> start_node(EnvironmentId id, StartSpec& spec, std::string_view group);
  Environment* find(EnvironmentId id);
  // Whether the frame was in order.
  bool take(Environment& environment, const Frame& frame);
  bool take_report(Environment& environment, const Frame& frame);
  bool take_pause(Environment& environment);
  std::vector<EnvironmentId> all_of(const Process& process);

  // Snapshots: python_snapshots.cc.
  void start_with_snapshot(EnvironmentId id, const StartSpec& spec);
  void initialise(Snapshot& snapshot);
  void restore(const Snapshot& snapshot, EnvironmentId id, const StartSpec& spec);
  void restore_takes_too_long(EnvironmentId id, double seconds);
  std::optional<bool> take_of_snapshot(Environment& environment, const Frame& frame);
  void snapshot_ready(Snapshots::iterator of);
  Snapshots::iterator snapshot_of(const Process& process);
  std::vector<EnvironmentId> lose_snapshot(const Process& process);
  void init_killed(const Process& process);
  void stop_waiting(EnvironmentId id);

  RuntimeEvents* events_ = nullptr;
  std::unique_ptr<Processes> processes_;
  std::vector<Environment> environments_;  // By EnvironmentId::index.
  Snapshots snapshots_;                    // By their names.
  std::shared_ptr<Process> standby_;       // A Node that nobody has taken yet,
  Launch standby_launch_;                  // and how it was started,
  StartSpec standby_spec_;                 // for whom,
  Mounts standby_mounts_;                  // and with which mounts.
  std::string frame_;                      // Head of the one that is being sent.
  Report report_;
};

}  // namespace smyth::runtime
