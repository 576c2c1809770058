#pragma once

#include "runtime/hook_heads.h"
#include "runtime/hooks.h"
#include "runtime/process.h"
#include "runtime/python_runtime.h"
#include "runtime/runtime.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {

// The user's hooks in a process of Python of their own, started at the first call and again at the
// next one after it has died. Each call is answered exactly once: by the hook, by its limit, or by
// the process's death.
//
// A hook that holds the interpreter's lock (a regular expression without end) stops all others with
// it. When a call has passed its limit the process is asked whether it is alive, which its main
// thread answers whatever hooks do; one that says nothing for `silence_max` is killed; the next
// call starts anew.
class HooksProcess final : public Hooks, private ProcessEvents {
 public:
  // `runtime` forks the process and outlives this object; `spec` is where hooks run: of its members
  // cwd, project, sys_path and environ matter.
  HooksProcess(PythonRuntime& runtime, StartSpec spec,
               std::chrono::milliseconds silence_max = std::chrono::seconds(3));
  ~HooksProcess() override;

  // The next call meets a new process that runs there.
  void change(StartSpec spec);

  // Before the first call.
  void set_events(HookEvents& events) { events_ = &events; }

  void prepare(InvocationId id, const HookFunction& function, const HookRequest& request,
               const HookProcess& process) override;
  void choose(InvocationId id, const HookFunction& function,
              const std::vector<HookProcess>& processes) override;
  // Calls that are under way are answered by the old process.
  void restart() override;

  // The variables that hooks see from the next call on; restarts the process if they are others.
  void set_environ(std::map<std::string, std::string> environ);

  // Whether a process runs or is being started.
  bool is_running() const { return process_ != nullptr; }

 private:
  using Steady = std::chrono::steady_clock;

  enum class Kind : unsigned char { prepare, choose };
  struct Call {
    Kind kind;
    InvocationId invocation;
    std::string what;  // "event function `a.b`", for messages.
    double limit;      // Seconds.
    Steady::time_point deadline;
    std::shared_ptr<Process> process;
  };

  HookCall begin(Kind kind, InvocationId id, const HookFunction& function);
  void send(FrameType type, const std::string& head, std::string_view rest);
  void take(const HookAnswer& answer, FrameBody& body);
  void fail(const Call& call, std::string_view why);
  // The call, no longer outstanding; a retired process that has answered its last one ends.
  Call remove(std::map<std::uint64_t, Call>::iterator call);
  void fail_all(const Process& process, std::string_view why);
  void arm();
  void fail_overdue();
  void ask_whether_alive(Process& process);
  void give_up_silent();

  void on_frame(Process& process, const Frame& frame) override;
  void on_line(Process& process, std::string_view line) override;
  void on_end(Process& process, ExitStatus status) override;
  void on_spawn_failed(Process& process, const Error& error) override;

  Processes& processes_;
  StartSpec spec_;
  std::chrono::milliseconds silence_max_;
  HookEvents* events_ = nullptr;
  std::shared_ptr<Process> process_;            // Takes new calls; shared with Processes.
  std::optional<Steady::time_point> word_due_;  // From that process, which was asked for one.
  std::map<std::uint64_t, Call> calls_;         // Outstanding.
  std::uint64_t call_count_ = 0;
  std::uint32_t generation_ = 0;
  boost::asio::steady_timer timer_;
  Steady::time_point armed_ = Steady::time_point::max();
};

}  // namespace smyth::runtime
