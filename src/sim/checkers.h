#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/function.h"
#include "core/scheduler.h"
#include "sim/observer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smyth::sim {

// Watches what must always hold, whatever happens, from the outside: it knows the inputs, the
// actions and the public view of the scheduler, and none of its data.
//
// - Each invocation that arrived gets exactly one answer and is delivered at most once.
// - An environment serves one invocation at a time, only while it is alive and ready, and not after
// it
//   should have expired.
// - Slots in use never pass `concurrency`: an environment starts in a slot below it, and one that
// is
//   there already must be stale.
// - No more wait than the limits allow, nobody waits longer than `queue_wait`, and nobody waits
// while
//   an environment with the present code is idle.
// - Nothing succeeds after its deadline or times out before it.
// - An invocation that arrived after a change of the code is not served by an environment from
// before
//   it, unless a start with the new code has failed.
// - Nothing starts after a shutdown, and nothing lives after its deadline.
//
// The first violation is kept as text; the rest follows from it and is not looked for.
class Checkers final : public Observer {
 public:
  explicit Checkers(const core::Scheduler& scheduler) : scheduler_(scheduler) {}

  void saw(const Step& step) override;

  // To be called when nothing is left to happen: every invocation is answered, every environment is
  // idle or gone.
  void finish();

  // What was violated, and when; empty if nothing was.
  const std::string& violation() const { return violation_; }
  std::uint64_t answers() const { return answers_; }

 private:
  static constexpr std::uint32_t nothing = ~std::uint32_t{0};

  struct Function {
    FunctionId id;
    core::FunctionSpec spec;
    TimePoint configured_at{};
    std::uint32_t changes = 0;      // How often the code has changed.
    std::uint32_t failed_code = 0;  // The newest code that has failed to start.
    std::uint32_t waiting = 0;      // Synchronous invocations in no environment.
    std::uint32_t waiting_events = 0;
    std::uint32_t idle = 0;       // Attached environments with the present code.
    std::uint32_t lingering = 0;  // Environments that have answered.
    bool removed = false;
    bool had_choices = false;          // A user's strategy: some may wait at slots.
    std::vector<std::uint32_t> slots;  // The attached environment of each.
  };
  struct Invocation {
    enum class State : std::uint8_t { answered, waiting, choosing, placed, delivered };
    State state = State::answered;
    bool event = false;
    InvocationId id;
    std::uint32_t function = 0;
    std::uint32_t changes = 0;
    std::uint32_t environment = nothing;  // That was prepared for it.
    TimePoint wait_deadline = TimePoint::max();
    TimePoint unbound_at = TimePoint::min();  // When the start that it was bound to failed.
    TimePoint deadline = TimePoint::max();
  };
  struct Environment {
    enum class State : std::uint8_t { gone, initialising, idle, preparing, busy, lingering };
    State state = State::gone;
    bool attached = false;
    bool paused = false;
    EnvironmentId id;
    std::uint32_t function = 0;
    Slot slot = no_slot;
    std::uint32_t changes = 0;  // What its function had when it started.
    std::uint32_t invocation = nothing;
    InvocationId run;  // That was delivered last.
    TimePoint idle_since{};
    TimePoint paused_since{};
    TimePoint born{};
  };
  void saw_input(const Step& step);
  void saw_configure(const core::Input& input);
  void saw_arrival(const Step& step);
  TimePoint wait_deadline(const Function& function, const Invocation& invocation) const;
  void look_at_queue(const Invocation& arrived);
  void saw_code_change(Function& function);
  void saw_failed_hook(InvocationId id);
  void saw_process(const core::Input& input);
  void free_stale_slots(const Environment& started);
  void end_pause(Environment& environment);
  void saw_action(const core::Action& action);
  void saw_start(const core::Action& action);
  void saw_work(const core::Action& action);
  void saw_end(const core::Action& action);
  void saw_answer(const core::Action& action);
  void saw_verdict(const Invocation& invocation, const core::Action& action);
  void compare_views();

  void turn(Environment& environment, Environment::State state);
  void leave_slot(Function& function, Slot slot);
  void place(Invocation& invocation, Invocation::State state);
  bool counts_as_idle(const Environment& environment) const;
  Environment* find(EnvironmentId id);
  Invocation* find(InvocationId id);
  void require(bool holds, const char* what, std::uint64_t which);

  const core::Scheduler& scheduler_;
  std::vector<Function> functions_;
  std::vector<Invocation> invocations_;
  std::vector<Environment> environments_;
  std::vector<std::uint32_t> touched_;  // Environments that this step has changed.
  EnvironmentId ended_by_input_;        // What this step's input says is gone.
  std::optional<TimePoint> shutdown_;
  bool has_account_ = false;
  TimePoint now_{};
  bool before_timers_ = false;  // Deadlines at exactly now_ have not fired.
  std::uint32_t alive_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t answers_ = 0;
  std::string violation_;
};

}  // namespace smyth::sim
