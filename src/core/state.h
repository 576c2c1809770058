#pragma once

#include "core/decisions.h"
#include "core/due.h"
#include "core/records.h"
#include "core/scheduler.h"

#include <vector>

namespace smyth::core {

// The inside of the scheduler: all records, and the rules that change them. What belongs together
// is in one file: scheduler.cc (inputs and the warm path), lifecycle.cc (start, init, end),
// dispatch.cc (which environment serves), waiting.cc (lines and choices), reload.cc (changed code),
// limits.cc (of the account), configure.cc (functions and the shutdown), deadlines.cc.
//
// An input's function ends with settle(), unless it took the warm path: then nobody waits who could
// be served. Invariants: slots in use <= concurrency; detached and vacated environments are in no
// slot; while an environment of Function::idle exists, nobody waits in the line.
class Scheduler::State {
 public:
  std::span<const Action> handle(const Input& input, TimePoint now);
  TimePoint next_deadline() const { return due_ == never ? TimePoint::max() : due_time(due_); }
  FunctionId next_function() const;
  InvocationId next_invocation() const;
  SlotView slot(FunctionId function, Slot slot) const;
  std::uint32_t slot_count(FunctionId function) const;
  std::uint32_t waiting_count(FunctionId function) const;
  std::uint32_t environment_count() const { return processes_; }
  std::uint64_t decision_hash() const;

 private:
  // Inputs.
  void perform(const Input& input);
  void arrive(const Input& input);
  void abandon(const Input& input);
  void chosen(const Input& input);
  void choice_failed(const Input& input);
  void ready(const Input& input);
  void failed(const Input& input);
  void prepared(const Input& input);
  void prepare_failed(const Input& input);
  void answered(const Input& input);
  void completed(const Input& input);
  void exited(const Input& input);
  void paused(const Input& input);
  void resumed(const Input& input);
  void configure(const Input& input);
  void remove(const Input& input);
  void limit_account(const Input& input);
  void code_changed(const Input& input);
  void shutdown(const Input& input);

  // Look-ups: nothing if the id is not, or no longer, one of a living record.
  Index find(EnvironmentId id) const;
  Index find(InvocationId id) const;
  bool is_known(FunctionId id) const { return id.index < functions_.size() && id.generation == 0; }
  EnvironmentId id_of_environment(Index e) const { return {e, environments_[e].generation}; }
  InvocationId id_of_invocation(Index i) const { return {i, invocations_[i].generation}; }
  SlotRecord& slot_of(const Environment& environment);
  SlotRecord& slot_at(Index f, Slot slot) { return slots_[functions_[f].first_slot + slot]; }

  // Decisions.
  void decide(Index f, const Action& action);
  void decide_about(ActionKind kind, Index e);
  void answer(Index i, Verdict verdict, Reason reason = Reason::none);
  void finish(Index i, Verdict verdict, Reason reason = Reason::none);
  void release(Index i);

  // The life of an environment (lifecycle.cc).
  enum class After : std::uint8_t { reset, gone };
  enum class InitEnd : std::uint8_t { reported, exited, spawn, over };
  void start_in(Index f, Slot slot, Index i, Start why);
  void begin(Index e, Start why);
  void init_ended_badly(Index e, InitEnd how);
  void begin_again(Index e);
  void crash(Index e);
  void kill(Index e, After after);
  void stop(Index e);
  void end(Index e, After after);
  void detach(Index e);
  void open_slot(Index f, Slot slot);
  void provision(Index f);

  // Who serves whom (dispatch.cc).
  void give(Index e, Index i);
  void deliver(Index e, Index i);
  void note_given(Index f, Slot slot);
  void become_free(Index e);
  void become_idle(Index e);
  void leave_idle(Index e);
  bool may_serve(const Environment& environment, const Invocation& invocation) const;
  Pick pick_at_once(Index f, Index i) const;
  Pick pick_idle(Index f, Index i) const;
  Index pick_among_idle(Index f) const;
  Pick pick_longest_unused(Index f, Index i) const;
  Pick pick_start(Index f, Index i) const;
  Pick pick_stale_slot(Index f, Index i) const;
  void take(Index f, Index i, Pick pick);
  Pick pick_place(Index f, Index i) const;
  bool take_place(Index f, Index i);
  std::uint32_t count_answered(Index f, Index i) const;
  void start_for(Index f, Slot slot, Index i);
  void mark_unused(Index f, Slot slot);
  void mark_used(Index f, Slot slot);
  void renew_lives(Index f);
  void sort_unused(Index f);

  // Waiting (waiting.cc).
  bool asks(Index f) const;
  void find_place(Index i);
  bool awaits_next(Index f, Index i) const;
  void give_up_next(Index i);
  void choose(Index i);
  void overflow(Index i, Slot slot);
  bool has_room(Index i) const;
  void join(Index i, Slot slot);
  void rejoin(Index i);
  void leave_line(Index i);
  void settle(Index f);
  void serve_slots(Index f);
  void serve_line(Index f);
  void answer_waiting(Index f, Verdict verdict);

  // The account (limits.cc).
  void fill_scaling(Index f);
  void fill_rate(Index f);
  void renew_limits(Index f);
  void renew_shared();
  Reason over_concurrency(Index f) const;
  TokenBucket& scaling_of(Index f);
  TokenBucket& rate_of(Index f);
  Reason over_scaling(Index f, Pick pick);
  Reason refusal(Index f, Pick pick);
  bool admit(Index i, Pick pick);
  bool is_held_back(Index f, Index i, Pick pick);
  void count_in(Index f);
  void count_out(Index f);

  // Changed code (reload.cc).
  void vacate(Index e);
  void release_vacated(SlotRecord& slot);
  void return_vacated(Index f, Slot slot);
  void retire_stale(Index f);
  void fall_back(Index f);
  bool is_stale(const Environment& environment) const;
  const std::vector<Index>& by_age(Index f);

  // Functions (configure.cc).
  void add_function(const FunctionSpec& spec);
  void set_lengths(Index f, const FunctionSpec& spec);
  void set_slot_count(Index f, std::uint32_t count);
  void close_slot(Index f, Slot slot);
  void close(Index f, Verdict verdict);

  // Deadlines (deadlines.cc).
  void fire(DueKey limit);
  void fire_one(Index f, Due kind);
  DueKey earliest(Index f) const;
  bool holds_idle(Index f) const;
  void due(Index f, TimePoint at, Due kind);
  void limit_wait(Index i);
  void limit_run(Index i);
  void unlimit(Index i);
  void limit_init(Index e, TimePoint at);
  void unlimit_init(Index e);
  void resume(Index e);
  void expire_idle(Index f);
  TimePoint last_work(Index f) const;
  void expire_life(Index f);
  void end_wait(Index f);
  void end_run(Index f);
  void end_shutdown();
  void renew_due(Index f);
  void refresh_due();

  TimePoint now_{};
  DueKey due_ = never;       // The earliest of all functions, or of the shutdown.
  DueKey shutdown_ = never;  // When what still runs is killed.
  bool is_closing_ = false;
  std::uint32_t processes_ = 0;
  std::uint64_t orders_ = 0;  // Counts arrivals and uses of slots.
  Table<Invocation> invocations_;
  Table<Environment> environments_;
  std::vector<SlotRecord> slots_;
  std::vector<Function> functions_;
  std::vector<Pool> pools_;
  DueHeap heap_;
  Decisions decisions_;
  std::vector<Index> scratch_;
  AccountSpec account_;
  std::uint64_t shared_ = 0;      // Concurrency of all functions that have none reserved,
  std::uint64_t shared_use_ = 0;  // and how much of it is in use.
  TokenBucket account_rate_;      // Of requests to them.
  TokenBucket burst_scaling_;     // Of new environments of all functions, see AccountSpec.
};

inline Index Scheduler::State::find(EnvironmentId id) const {
  if (id.index >= environments_.size()) return nothing;
  const Environment& found = environments_[id.index];
  return found.generation == id.generation && found.has_processes() ? id.index : nothing;
}

inline Index Scheduler::State::find(InvocationId id) const {
  if (id.index >= invocations_.size()) return nothing;
  const Invocation& found = invocations_[id.index];
  const bool is_living = found.state != InvocationState::gone;
  return found.generation == id.generation && is_living ? id.index : nothing;
}

inline SlotRecord& Scheduler::State::slot_of(const Environment& environment) {
  return slot_at(environment.function, environment.slot);
}

inline void Scheduler::State::decide(Index f, const Action& action) {
  decisions_.add(action);
  functions_[f].hash = mix(functions_[f].hash, action, now_);
}

// Lowers the function's next deadline.
inline void Scheduler::State::due(Index f, TimePoint at, Due kind) {
  const DueKey key = due_key(at, kind);
  if (key >= functions_[f].due) return;
  functions_[f].due = key;
  heap_.set(f, key);
  refresh_due();
}

inline void Scheduler::State::refresh_due() { due_ = std::min(heap_.next_key(), shutdown_); }

inline bool Scheduler::State::is_stale(const Environment& environment) const {
  return environment.code < functions_[environment.function].code;
}

// An invocation never gets an environment that started before the last change before its arrival,
// unless changed code has failed.
inline bool Scheduler::State::may_serve(const Environment& environment,
                                        const Invocation& invocation) const {
  return environment.code >=
         std::min(invocation.code, functions_[environment.function].serves_from);
}

// --- The warm path, inline for its callers ---

// An environment in a slot gets an invocation.
inline void Scheduler::State::count_in(Index f) {
  if (!functions_[f].counted) [[likely]] {
    return;
  }
  if (pools_[f].in_use++ >= pools_[f].own) ++shared_use_;
}

// It has it no longer, or leaves the slot with it.
inline void Scheduler::State::count_out(Index f) {
  if (!functions_[f].counted) [[likely]] {
    return;
  }
  if (--pools_[f].in_use >= pools_[f].own) --shared_use_;
}

inline void Scheduler::State::answer(Index i, Verdict verdict, Reason reason) {
  const Invocation& invocation = invocations_[i];
  Action action;
  action.kind = ActionKind::answer;
  action.detail = static_cast<std::uint8_t>(verdict);
  action.reason = reason;
  action.invocation = {i, invocation.generation};
  if (invocation.environment != nothing) {
    action.environment = id_of_environment(invocation.environment);
  }
  decide(invocation.function, action);
}

inline void Scheduler::State::unlimit(Index i) {
  Invocation& invocation = invocations_[i];
  switch (invocation.deadline) {
    case Deadline::none:
      return;
    case Deadline::timeout:
      TimedChain::remove(functions_[invocation.function].timeouts, invocations_.data(), i);
      break;
    case Deadline::wait:
      TimedChain::remove(pools_[invocation.function].waits, invocations_.data(), i);
      break;
    case Deadline::next:
      TimedChain::remove(pools_[invocation.function].nexts, invocations_.data(), i);
      break;
  }
  invocation.deadline = Deadline::none;
}

// Its id is free.
inline void Scheduler::State::release(Index i) {
  Invocation& invocation = invocations_[i];
  unlimit(i);
  invocation.state = InvocationState::gone;
  ++invocation.generation;
  invocations_.put(i);
}

inline void Scheduler::State::finish(Index i, Verdict verdict, Reason reason) {
  answer(i, verdict, reason);
  release(i);
}

inline Reason Scheduler::State::over_concurrency(Index f) const {
  const Pool& pool = pools_[f];
  if (pool.spec.reserved != unreserved) {
    return pool.in_use >= pool.spec.reserved ? Reason::reserved_concurrency : Reason::none;
  }
  const bool has_own = pool.in_use < pool.own;
  return has_own || shared_use_ < shared_ ? Reason::none : Reason::account_concurrency;
}

// Of requests: where concurrency is reserved, the function's own.
inline TokenBucket& Scheduler::State::rate_of(Index f) {
  return pools_[f].spec.reserved != unreserved ? pools_[f].rate : account_rate_;
}

}  // namespace smyth::core
