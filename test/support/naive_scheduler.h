#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "core/function.h"
#include "core/input.h"
#include "core/scheduler.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace smyth::test {

// A second scheduler, written for obviousness from the rules in src/core/README.md alone:
// containers of the standard library, linear scans, no lists to keep in order and no deadlines to
// arm. What it does at a moment follows from what it then sees. Its ids differ from those of
// core::Scheduler (an index is never used again); everything else must be the same.
class NaiveScheduler {
 public:
  std::span<const core::Action> handle(const core::Input& input, TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  FunctionId next_function() const;
  InvocationId next_invocation() const;

  core::SlotView slot(FunctionId function, Slot slot) const;
  std::uint32_t slot_count(FunctionId function) const;
  std::uint32_t waiting_count(FunctionId function) const;
  std::uint32_t environment_count() const;

 private:
  using Key =
      std::uint32_t;  // Of an invocation or environment: the index of its id; rises with age.

  struct Invocation {
    enum class Place : std::uint8_t { line, slot, choice, environment };
    Key key = 0;
    std::uint32_t function = 0;
    std::uint64_t order = 0;  // In the line.
    bool event = false;
    std::uint32_t code = 0;  // What its function had when it arrived.
    Place place = Place::line;
    Slot slot = no_slot;  // With Place::slot.
    TimePoint wait_deadline = TimePoint::max();
    std::uint64_t wait_age = 0;
    bool awaits_next = false;                    // Looks out for an environment that has answered.
    TimePoint next_deadline = TimePoint::max();  // How long.
    std::uint64_t next_age = 0;
  };

  struct Environment {
    enum class State : std::uint8_t { initialising, idle, preparing, busy };
    // `vacated`: its slot has a newer one whose init has not ended. `detached`: has no slot any
    // more.
    enum class Tie : std::uint8_t { attached, vacated, detached };
    Key key = 0;
    std::uint32_t function = 0;
    Slot slot = no_slot;
    std::uint32_t serial = 0;
    std::uint32_t code = 0;
    State state = State::initialising;
    Tie tie = Tie::attached;
    bool again = false;     // Its second init, under the function's timeout.
    bool answered = false;  // Busy, but the answer is out.
    std::optional<Key> invocation;
    TimePoint started{};
    TimePoint deadline = TimePoint::max();  // Of the init or of the run.
    bool deadline_is_timeout = false;
    std::uint64_t deadline_age = 0;
    std::optional<TimePoint> paused;
    TimePoint idle_since{};
    std::uint64_t idle_age = 0;
    std::uint64_t life_age = 0;
  };

  struct SlotRecord {
    std::optional<Key> environment;
    std::optional<Key> vacated;
    bool reset = false;
    std::uint32_t serial = 0;
    std::uint64_t given = 0;
    std::uint64_t given_age = 0;  // Zero: never given an invocation.
    TimePoint last_used{};
    std::deque<Key> waiting;
  };

  // So many in a period, at any rate: each takes one part of the period, and at most one period, or
  // what makes a burst, may be taken ahead. Lengths are multiplied by the count, so that the parts
  // are whole.
  struct Rate {
    std::uint64_t count = 0;  // Zero: no limit.
    std::uint64_t burst = 0;
    Duration period{1};
    __int128 taken_until = 0;
    void begin(std::uint64_t of, Duration in) { begin(of, in, of); }
    void begin(std::uint64_t of, Duration in, std::uint64_t at_once);
    bool allows(TimePoint now) const;
    void take(TimePoint now);
  };

  struct Function {
    FunctionId id;
    core::FunctionSpec spec;
    bool removed = false;
    std::uint32_t code = 0;    // How often it has changed.
    bool first_start = false;  // None has started since the last change.
    bool fallback = false;     // The present code does not start: the stale ones serve.
    bool provisions = true;    // False after a provisioned environment has failed.
    std::uint32_t serials = 0;
    std::vector<SlotRecord> slots;
    std::vector<SlotRecord> closed_slots;  // Above the concurrency, the lowest last.
    std::deque<Key>
        line;  // In order of arrival; with a user's strategy they wait for their choice.
    std::optional<Key> choosing;
    TimePoint worked{};  // When the last invocation ended, or left with its environment.
    Rate scaling;
    Rate requests;                       // Of those to reserved concurrency.
    TimePoint retry = TimePoint::max();  // When events that are held back are looked at again.
  };

  // Where an invocation could go: to an idle environment, or to a start in a slot.
  struct Pick {
    std::optional<Key> environment;
    std::optional<Slot> slot;
    bool is_found() const { return environment || slot; }
  };

  // A deadline that is pending, in the order in which those of one time fire.
  struct Due {
    enum class Kind : std::uint8_t { idle, life, init, timeout, wait, next, retry, end };
    TimePoint at;
    Kind kind;
    std::uint32_t function;
    std::uint64_t age;
    Key key;
    auto operator<=>(const Due&) const = default;
  };

  // Inputs.
  void configure(const core::Input& input);
  void set_slot_count(Function& function, std::uint32_t count);
  void close_slot(Function& function, Slot slot);
  void renew_lives(Function& function, Duration old_life);
  void remove(FunctionId id);
  void limit_account(const core::AccountSpec& account);
  void begin_scaling(Function& function);
  Rate& scaling_of(Function& function);
  const Rate& scaling_of(const Function& function) const;
  void begin_requests(Function& function);
  void arrive(const core::Input& input);
  void abandon(InvocationId id);
  void chosen(InvocationId id, Slot slot);
  void choice_failed(InvocationId id);
  void ready(Environment& environment);
  void failed(Environment& environment, core::InitFailure failure);
  void prepared(InvocationId id, bool well);
  void answered(Environment& environment, core::Outcome outcome);
  void completed(Environment& environment, core::Outcome outcome);
  void exited(Environment& environment);
  void pause(Environment& environment);
  void resume(Environment& environment);
  void code_changed(FunctionId id);
  void shut_down(TimePoint deadline);
  void stop_what_waits();
  void answer_waiting(const Function& function, core::Verdict verdict);
  void take(const core::Input& input);
  void report(const core::Input& input);

  // Deadlines.
  std::optional<Due> first_due() const;
  std::vector<Due> all_due() const;
  std::optional<TimePoint> idle_deadline(const Environment& environment) const;
  std::uint64_t idle_rank(const Environment& environment) const;
  void fire(const Due& due);
  void init_is_over(Environment& environment);
  void run_is_over(Environment& environment);
  void shutdown_is_over();

  // Giving invocations to environments.
  bool is_limited(const Function& function) const;
  bool is_reserved(const Function& function) const;
  std::uint32_t in_use(const Function& function) const;
  std::uint64_t shared_in_use() const;
  std::uint64_t shared() const;
  core::Reason over_concurrency(const Function& function) const;
  core::Reason over_scaling(const Function& function, const Pick& pick) const;
  core::Reason refusal(const Function& function, const Pick& pick) const;
  bool admit(Function& function, Invocation& invocation, const Pick& pick, bool awaits);
  bool is_held_back(Function& function, const Invocation& invocation, const Pick& pick);
  std::uint32_t answered_for(const Function& function, const Invocation& invocation) const;
  bool will_get_next(const Function& function, const Invocation& invocation) const;
  void await_next(Function& function, Invocation& invocation);
  void stop_awaiting(Invocation& invocation);
  void give_up_next(Function& function, Invocation& invocation);
  Pick pick(const Function& function, const Invocation& invocation) const;
  Pick pick_at_once(const Function& function, const Invocation& invocation) const;
  Pick slot_pick(const Function& function, Slot slot, const Invocation& invocation) const;
  Pick pick_start(const Function& function, const Invocation& invocation) const;
  Pick pick_in_fallback(const Function& function) const;
  const Environment* pick_among_idle(const Function& function) const;
  Pick pick_round_robin(const Function& function, const Invocation& invocation) const;
  Pick pick_by_vacating(const Function& function, const Invocation& invocation) const;
  void go(Function& function, Invocation& invocation, const Pick& pick);
  const Environment* last_used_idle(const Function& function,
                                    std::optional<std::uint32_t> code) const;
  bool serves(const Environment& environment) const;
  void regroup(const Function& function, bool of_serving);
  static bool used_before(const Environment& left, const Environment& right);
  std::optional<Slot> free_slot(const Function& function) const;
  void give(Invocation& invocation, Environment& environment);
  void begin(Invocation& invocation, Environment& environment);
  void deliver(Invocation& invocation, Environment& environment);
  void count_given(Function& function, Slot slot);
  void overflow(Function& function, Invocation& invocation, std::optional<Slot> at_slot);
  std::uint32_t waiting_of_kind(const Function& function, bool event) const;
  void choose_next(Function& function);
  void serve(Function& function);
  void serve_slots(Function& function);
  void serve_line(Function& function);
  void provision(Function& function);
  void join(Function& function, Invocation& invocation, std::optional<Slot> at_slot);
  bool may_serve(const Environment& environment, const Invocation& invocation) const;
  bool may_take_at_once(const Function& function, Slot slot, const Invocation& invocation) const;
  void take_slot(Function& function, Slot slot, Invocation& invocation);
  void limit_wait(const Function& function, Invocation& invocation);
  void put_back_in_line(Function& function, Invocation& invocation);

  // Environments.
  void start(Function& function, Slot slot, std::optional<Key> invocation, core::Start why);
  bool may_start_again(const Environment& environment) const;
  void start_again(Environment& environment);
  void vacate(Function& function, Slot slot);
  void become_free(Environment& environment);
  void end(Environment& environment, bool reset);
  void stop(Environment& environment);
  void kill(Environment& environment, bool reset);
  void end_kept(Environment& environment);
  void end_stale(Function& function);
  bool falls_back(const Function& function, const Environment& environment) const;
  bool has_stale(const Function& function) const;
  void init_failed(Environment& environment, core::Verdict verdict);
  std::uint32_t held(const Function& function) const;

  // Invocations.
  void answer(Key invocation, core::Verdict verdict, core::Reason reason = core::Reason::none);
  void leave(Invocation& invocation);

  Function* find(FunctionId id);
  const Function& at(FunctionId id) const;
  Environment* find(EnvironmentId id);
  Invocation* find(InvocationId id);
  std::vector<Key> environments_of(const Function& function) const;
  core::Action& act(core::ActionKind kind);

  std::vector<Function> functions_;
  std::map<Key, Invocation> invocations_;
  std::map<Key, Environment> environments_;
  Key next_invocation_ = 0;
  Key next_environment_ = 0;
  std::uint64_t age_ = 0;
  std::optional<TimePoint> shutdown_;
  core::AccountSpec account_;
  Rate account_requests_;
  Rate burst_scaling_;  // Of all functions, where the account has a burst.
  TimePoint now_{};
  std::vector<core::Action> actions_;
};

}  // namespace smyth::test
