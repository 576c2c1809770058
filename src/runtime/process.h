#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "runtime/frame_codec.h"
#include "runtime/linux_output_poll.h"
#include "runtime/cpu_limits.h"
#include "runtime/memory_limits.h"
#include "runtime/output_lines.h"
#include "runtime/runtime.h"
#include "runtime/zygote.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {

class Freezer;
class Process;
class Processes;

// What the user of a process is told, on the loop's thread. Views live during the call.
class ProcessEvents {
 public:
  virtual ~ProcessEvents() = default;
  // The output that was written before a frame is told before it.
  virtual void on_frame(Process& process, const Frame& frame) = 0;
  virtual void on_line(Process& process, std::string_view line) = 0;
  virtual void on_end(Process& process, ExitStatus status) = 0;
  virtual void on_spawn_failed(Process& process, const Error& error) = 0;
  // It rests, and was stopped for that, as was everything below it: all of them, itself first.
  virtual void on_frozen(Process&, std::span<const pid_t>) {}
};

// One process that a zygote forks, as the server sees it: frames there and back (if it speaks
// them), its output, its end.
//
// Owners: Processes until it is reaped, its user, and its outstanding operations on the loop.
// It is made by Processes::start. After kill() its user hears nothing of it.
class Process final : public PolledOutput, public std::enable_shared_from_this<Process> {
 public:
  Process(Processes& owner, ForkId id, Role role, ProcessEvents& events);
  ~Process() override;

  ForkId id() const { return id_; }
  Role role() const { return role_; }

  // Whose it is; a process that is started ahead is nobody's at first.
  EnvironmentId environment() const { return environment_; }
  void give_to(EnvironmentId environment) { environment_ = environment; }

  // Sends a frame, or its head and its rest: at once as far as the socket takes it, never blocking.
  // A process that has died is not told.
  void send(std::string_view head, std::string_view rest = {});

  // It dies at once, with everything below it. The output that it wrote before is told before this
  // returns.
  void kill();
  // The same, for a process that broke the contract: its end is told when it is reaped.
  void break_off();
  // SIGTERM for it and its process group, frozen or not.
  void terminate();

  // Who is told of it from now on. `events` outlives it, or kill() is called before.
  void hand_over(ProcessEvents& events) { events_ = &events; }

  // Stops it and everything below it; false: it is not known yet which process it is. Done again
  // before thaw() it changes nothing.
  bool freeze();
  void thaw();
  bool is_frozen() const { return !frozen_.empty(); }

  // Output that was written before is told before this returns.
  void drain_output();

  pid_t pid() const { return pid_; }  // 0: it does not run (yet).

  // Bytes that have come behind the frame at hand.
  std::size_t pending_bytes() const { return reader_.pending_bytes(); }

  bool on_output() override;

 private:
  friend Processes;
  friend Freezer;
  friend MemoryLimits;
  friend CpuLimits;

  enum class State : unsigned char {
    asked,  // The zygote has not said yet that it forked it.
    running,
    broken,  // Killed by us; its end is still to be told.
    killed,  // Its user has forgotten it.
    gone,    // Reaped, or it never was.
  };

  // Asks its zygote for it.
  Result<void> ask(std::string_view start_frame);
  Result<void> watch_frames(UniqueFd socket);
  // Once more, since the zygote died on it: what was sent is sent again. False: that was done
  // already.
  bool ask_again();
  void forked(pid_t pid);
  void exited(ExitStatus status);
  void spawn_failed(const Error& error);

  void receive();
  void received(const boost::system::error_code& error, std::size_t count);
  void take_frames();
  void wait_to_send();
  void send_unsent();
  void finish();
  void signal_death();
  bool read_output(std::size_t bytes_max);
  void close();
  bool is_at_rest() const { return rests_since_ != std::chrono::steady_clock::time_point{}; }
  bool is_told() const { return state_ != State::killed && state_ != State::gone; }

  Processes& owner_;
  ForkId id_;
  Role role_;
  std::optional<ForkId> from_;  // The snapshot that forks it.
  EnvironmentId environment_;
  ProcessEvents* events_;
  State state_ = State::asked;
  bool is_receiving_ = false;
  bool is_sending_ = false;
  int attempt_ = 0;              // Operations of an earlier one tell nothing.
  int rounds_after_stream_ = 0;  // Since its stream has ended; 0: it has not.
  std::optional<ExitStatus> exit_;
  pid_t pid_ = 0;
  UniqueFd pidfd_;
  boost::asio::local::stream_protocol::socket socket_;
  UniqueFd output_;
  OutputLines lines_;
  FrameReader reader_;
  std::string unsent_;
  std::size_t unsent_begin_ = 0;
  std::string early_;  // What was sent before it was forked.
  // For the Freezer: since when it rests, if it does; whether it is watched, and has rested since
  // it was looked at.
  std::chrono::steady_clock::time_point rests_since_{};
  bool is_watched_ = false;
  bool has_rested_ = false;
  std::vector<pid_t> frozen_;  // All that was stopped, itself first.
  std::unique_ptr<MemoryLimit> memory_;
  std::unique_ptr<CpuLimit> cpu_;
  std::string launch_;  // Packed: what the launcher is to start.
};

}  // namespace smyth::runtime
