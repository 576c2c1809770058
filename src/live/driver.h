#pragma once

#include "base/ids.h"
#include "config/config.h"
#include "core/scheduler.h"
#include "live/environment.h"
#include "live/function_log.h"
#include "live/request.h"
#include "observe/log.h"
#include "runtime/hooks.h"
#include "runtime/runtime.h"

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::core {
class Recorder;
}

namespace smyth::live {

// A configured function and what the driver keeps of it.
struct LiveFunction {
  config::Function config;
  FunctionId id;
  bool removed = false;
  std::uint32_t holds = 0;
  std::vector<std::unique_ptr<Request>> held;  // What has arrived meanwhile.
  std::string arn;
  observe::LogFormat log_format;
  runtime::HookFunction hook;
  runtime::StartSpec start;                  // What its environments share.
  std::set<std::string, std::less<>> files;  // Project files that an environment of it has loaded.
  std::vector<double> last_used;  // By slot: when it was given its last invocation, Unix seconds.
  std::uint32_t initialising = 0;
  std::uint32_t changes = 0;  // How often its code has changed.
  std::uint32_t cut_short_told =
      0;                          // `changes` + 1 when it was last said what a freeze cuts short.
  std::uint32_t shared_told = 0;  // Likewise, of what a snapshot shares.
  std::uint32_t config_changes = 0;  // How often what the context tells of it has changed.
  std::string reload_error;  // First line of why the newest code does not load; empty: it does.

  // Changed code has another one. Empty: the function has none, as beside extensions, of which
  // there would have to be one too.
  std::string snapshot_name() const;
};

// Carries the scheduler's decisions out with real processes, in real time: adapters' news become
// inputs, actions become calls of the adapters. It holds what the scheduler has no room for
// (payloads, names, texts) under the scheduler's ids, and decides nothing itself.
class Driver final : public runtime::RuntimeEvents, public runtime::HookEvents {
 public:
  struct Parts {
    runtime::Runtime& runtime;
    runtime::Hooks& hooks;
    Front& front;
    Timer& timer;
    observe::Log& log;
    core::Recorder* recorder = nullptr;  // Optional.
    // Who asks for the terminal; none: breakpoint() is refused.
    std::function<bool()> take_terminal;
    std::function<void()> return_terminal;
    std::function<std::string()> make_uuid;
  };
  explicit Driver(Parts parts);
  ~Driver() override;

  // A new function; its number is what arrive() takes. `start` holds what its environments share.
  std::uint32_t add(const config::Function& function, std::string arn, runtime::StartSpec start);
  void change(std::uint32_t function, const config::Function& changed, runtime::StartSpec start);
  void remove(std::uint32_t function);
  // What arrives for it waits until it is released as often as it was held.
  void hold(std::uint32_t function) { ++functions_[function]->holds; }
  void release(std::uint32_t function);
  void limit_account(const core::AccountSpec& account);
  const std::vector<std::unique_ptr<LiveFunction>>& functions() const { return functions_; }
  core::SlotView slot(std::uint32_t function, Slot slot) const;

  // Called with the files that a process reports, before they are compared with the disk: what
  // changes later must be noticed.
  void set_on_loaded(std::function<void(std::string_view)> on_loaded) {
    on_loaded_ = std::move(on_loaded);
  }
  // Called before the verdict on an init: a file may have changed while it was being read.
  void set_take_notice(std::function<void()> take_notice) { take_notice_ = std::move(take_notice); }

  // Who hears of all that goes to the functions' logs; none: nobody. It outlives the driver.
  void set_log_listener(observe::LogListener* listener) { function_log_.set_listener(listener); }
  // A record that somebody else has for the log of an environment, such as an extension of it; its
  // time is filled in. Nothing happens where the environment is gone.
  void log(EnvironmentId id, const observe::LogEvent& event);
  const observe::History& history() const { return function_log_.history(); }

  // An empty request to fill in; it has an id.
  std::unique_ptr<Request> make_request();
  // The front hears of it by accepted() or answer(), possibly before this returns.
  void arrive(std::uint32_t function, std::unique_ptr<Request> request);
  // The client of this exchange went away.
  void gone(front::ExchangeId exchange);

  void tick();
  // These files have changed on disk (absolute paths), or all below a folder; `everything`: it is
  // not known which.
  void changed(const std::vector<std::string>& paths, bool everything);
  void shutdown(Duration grace);
  // Whether no environment has processes any more.
  bool is_quiet() const;

  void on_initialising(EnvironmentId id) override;
  void on_restoring(EnvironmentId id) override;
  void on_shared(EnvironmentId id, std::string_view what) override;
  void on_ready(EnvironmentId id, const runtime::Report& report) override;
  void on_init_failed(EnvironmentId id, const runtime::Report& report) override;
  void on_result(EnvironmentId id, const runtime::Report& report) override;
  void on_error(EnvironmentId id, const runtime::Report& report) override;
  void on_answered(EnvironmentId id, const runtime::Report& report, bool is_error) override;
  void on_invocation_done(EnvironmentId id) override;
  void on_runtime_done(EnvironmentId id) override;
  void on_exit(EnvironmentId id, runtime::ExitStatus status) override;
  void on_spawn_failed(EnvironmentId id, const Error& error) override;
  void on_left_running(EnvironmentId id, std::string_view what) override;
  void on_pause(EnvironmentId id) override;
  void on_proceed(EnvironmentId id) override;
  void on_output(EnvironmentId id, std::string_view line) override;
  void on_extension_output(EnvironmentId id, std::string_view name, std::string_view line) override;
  void on_extension(EnvironmentId id, const runtime::ExtensionReport& report) override;

  void on_prepared(InvocationId id, const runtime::Prepared& prepared) override;
  void on_prepare_failed(InvocationId id, std::string_view traceback) override;
  void on_chosen(InvocationId id, std::uint32_t slot) override;
  void on_choice_failed(InvocationId id, std::string_view traceback) override;
  void on_hook_output(std::string_view line) override;
  void on_hook_modules(const std::vector<runtime::LoadedModule>& modules) override;

 private:
  // A failed init that may have read files half-saved: they are looked at again before it counts.
  struct Doubt {
    struct File {
      std::string path;
      std::int64_t mtime_ns = 0;
      std::int64_t size = 0;
    };
    EnvironmentId id;
    TimePoint until{};
    TimePoint last{};  // Longer is not waited for what may come into an empty file.
    std::vector<File> files;
  };

  // What the input at hand brings along, for the answers that follow from it.
  struct Detail {
    std::string_view document;
    std::string_view text;
    runtime::ExitStatus exit;
  };

  void submit(const core::Input& input, const Detail& detail);
  void submit(const core::Input& input);
  void perform(const core::Action& action, const Detail& detail);
  void start(const core::Action& action);
  void prepare(const core::Action& action);
  void choose(const core::Action& action);
  void deliver(const core::Action& action);
  void end(EnvironmentId id, const LogOutcome& outcome = {});
  void answer(const core::Action& action, const Detail& detail);
  void take_queued();
  void kill(EnvironmentId id);
  void log_end(Request& request, core::Verdict verdict, Environment* environment,
               std::string_view exit_type);
  void hold_answer(const core::Action& action, const Detail& detail, Environment& environment);
  void release(std::unique_ptr<HeldAnswer> held);
  void spare(std::unique_ptr<Request> finished);
  LogOutcome why_killed(EnvironmentId id);
  void measure_memory(EnvironmentId id);
  void measure_run(const Environment& environment, const runtime::Report& report);
  std::uint32_t memory_of(const Environment& environment) const;
  void note_modules(const Environment& environment, const runtime::Report& report);
  void code_changed(LiveFunction& function);
  void enter(Environment& environment, Environment::Phase phase);
  void finish(EnvironmentId id, const runtime::Report& report, core::Outcome outcome);
  void does_not_load(const Environment& failed, const std::string& why);
  void candidate_failed(const Environment& failed, const std::string& why);
  void note_slow_init(EnvironmentId id);
  void hook_has_answered();
  void leave_debugger(EnvironmentId id);
  void next_debugger();
  void arm();
  bool may_be_half_saved(const runtime::Report& report);
  void look_again();
  void judge(EnvironmentId id);

  Environment* environment(EnvironmentId id);
  const Environment* record_of(EnvironmentId id) const;
  Request* request(InvocationId id);
  // A slot as Python sees it: before it was given the invocation at hand, if that is `given`.
  runtime::HookProcess hook_process(std::uint32_t function, Slot slot) const;
  runtime::HookProcess process_before(const Environment& given) const;
  std::uint64_t given_before(const Environment& given) const;

  Parts parts_;
  core::Scheduler scheduler_;
  FunctionLog function_log_;
  std::function<void()> take_notice_ = [] {};
  std::function<void(std::string_view)> on_loaded_ = [](std::string_view) {};
  std::deque<Doubt> doubts_;  // In the order of time.
  std::vector<std::unique_ptr<LiveFunction>> functions_;
  std::vector<std::unique_ptr<Environment>> environments_;  // By EnvironmentId::index.
  std::deque<std::unique_ptr<Environment>> former_;         // The oldest first.
  std::vector<std::unique_ptr<Request>> requests_;          // By InvocationId::index.
  std::vector<std::unique_ptr<Request>> spare_;
  std::vector<std::pair<std::uint32_t, InvocationId>>
      exchanges_;  // By connection: its generation, what runs.
  std::deque<std::pair<std::uint32_t, std::unique_ptr<Request>>>
      queued_;  // Arrived within handle().
  std::set<std::string, std::less<>> hook_files_;
  std::uint32_t hook_calls_ = 0;          // Under way: what those load is not known yet.
  std::vector<EnvironmentId> debuggers_;  // In turn; the first has the terminal, if it is given.
  bool is_terminal_given_ = false;
  TimePoint armed_ = TimePoint::max();
  bool is_performing_ = false;
  bool is_taking_queued_ = false;
};

}  // namespace smyth::live
