// Who waits, where and for how long; the choices of a user's strategy.
#include "core/state.h"

#include <algorithm>

namespace smyth::core {

// Whether the user's strategy decides. While changed code has failed nothing can start, so that a
// choice would mean little.
bool Scheduler::State::asks(Index f) const {
  return functions_[f].strategy == Strategy::user && !functions_[f].in_fallback();
}

void Scheduler::State::find_place(Index i) {
  const Index f = invocations_[i].function;
  const Pool& pool = pools_[f];
  if (!asks(f)) {
    // It overtakes those in line only where they could not go: to a start in place of a stale one.
    Pick pick = pick_at_once(f, i);
    const bool awaits = !pick.is_found() && awaits_next(f, i);
    invocations_[i].awaits_next = awaits;
    if (!pick.is_found() && !awaits) pick = pick_start(f, i);
    if (functions_[f].limited && !admit(i, pick)) return;
    if (awaits) return join(i, no_slot);
    return pick.is_found() ? take(f, i, pick) : overflow(i, no_slot);
  }
  if (functions_[f].limited && !admit(i, {})) return;
  if (pool.choosing == nothing && pool.line.empty()) return choose(i);
  if (!has_room(i)) return finish(i, Verdict::throttled, Reason::queue_full);
  join(i, no_slot);
}

// Whether an environment that has answered will be its own, as soon as it asks for the next: a
// start would make two environments of one fast client.
bool Scheduler::State::awaits_next(Index f, Index i) const {
  const Pool& pool = pools_[f];
  if (pool.spec.next_wait <= Duration{0} || pool.answered.empty()) return false;
  const std::uint32_t in_line = pool.waiting + pool.waiting_events - pool.at_slots;
  return count_answered(f, i) > in_line;
}

// The environment that had answered took too long, or is gone.
void Scheduler::State::give_up_next(Index i) {
  const Index f = invocations_[i].function;
  leave_line(i);
  if (asks(f)) return join(i, no_slot);  // The strategy has changed meanwhile.
  const Pick pick = pick_place(f, i);
  const Reason reason = refusal(f, pick);
  if (reason != Reason::none && !invocations_[i].is_event) {
    return finish(i, Verdict::throttled, reason);
  }
  const bool may_go = pick.is_found() && reason == Reason::none;
  may_go ? take(f, i, pick) : overflow(i, no_slot);
}

void Scheduler::State::choose(Index i) {
  Invocation& invocation = invocations_[i];
  invocation.state = InvocationState::choosing;
  pools_[invocation.function].choosing = i;
  limit_wait(i);
  Action action;
  action.kind = ActionKind::choose;
  action.invocation = id_of_invocation(i);
  action.function = invocation.function;
  action.serial = 0;
  decide(invocation.function, action);
}

void Scheduler::State::chosen(const Input& input) {
  const Index i = find(input.invocation);
  if (i == nothing || invocations_[i].state != InvocationState::choosing) return;
  Invocation& invocation = invocations_[i];
  const Index f = invocation.function;
  leave_line(i);
  if (input.slot >= pools_[f].spec.concurrency) {
    finish(i, Verdict::hook_failed);
    return settle(f);
  }
  const Index e = slot_at(f, input.slot).environment;
  const bool is_open = e == nothing || !environments_[e].has_processes();
  Pick pick;
  if (is_open && functions_[f].in_fallback()) {
    join(i, no_slot);
    return settle(f);
  }
  if (is_open) {
    pick = {.slot = input.slot};
  } else if (!may_serve(environments_[e], invocation)) {
    pick = {.environment = e, .slot = input.slot};
  } else if (environments_[e].state == EnvironmentState::idle) {
    pick = {.environment = e};
  }
  if (!pick.is_found()) {
    overflow(i, input.slot);
  } else if (const Reason reason = refusal(f, pick);
             reason != Reason::none && !invocation.is_event) {
    finish(i, Verdict::throttled, reason);
  } else {
    take(f, i, pick);
  }
  settle(f);
}

void Scheduler::State::choice_failed(const Input& input) {
  const Index i = find(input.invocation);
  if (i == nothing || invocations_[i].state != InvocationState::choosing) return;
  leave_line(i);
  const Index f = invocations_[i].function;
  finish(i, Verdict::hook_failed);
  settle(f);
}

void Scheduler::State::abandon(const Input& input) {
  const Index i = find(input.invocation);
  if (i == nothing) return;
  switch (invocations_[i].state) {
    case InvocationState::choosing:
    case InvocationState::in_line:
    case InvocationState::at_slot:
      break;
    case InvocationState::gone:
    case InvocationState::arriving:
    case InvocationState::bound:
    case InvocationState::preparing:
    case InvocationState::running:
    case InvocationState::answered:
      return;  // It runs on, as on Lambda.
  }
  const Index f = invocations_[i].function;
  leave_line(i);
  finish(i, Verdict::abandoned);
  settle(f);
}

// All slots are busy, or the chosen one is.
void Scheduler::State::overflow(Index i, Slot slot) {
  const Invocation& invocation = invocations_[i];
  const bool may_wait =
      invocation.is_event || pools_[invocation.function].spec.overflow == Overflow::queue;
  if (!may_wait) return finish(i, Verdict::throttled, Reason::slots);
  if (!has_room(i)) return finish(i, Verdict::throttled, Reason::queue_full);
  join(i, slot);
}

bool Scheduler::State::has_room(Index i) const {
  const Pool& pool = pools_[invocations_[i].function];
  return invocations_[i].is_event ? pool.waiting_events < pool.spec.event_queue_limit
                                  : pool.waiting < pool.spec.queue_limit;
}

// Waits in the function's line, or at `slot`.
void Scheduler::State::join(Index i, Slot slot) {
  Invocation& invocation = invocations_[i];
  Pool& pool = pools_[invocation.function];
  const bool is_at_slot = slot != no_slot;
  invocation.slot = slot;
  invocation.state = is_at_slot ? InvocationState::at_slot : InvocationState::in_line;
  List& line = is_at_slot ? slot_at(invocation.function, slot).line : pool.line;
  QueueChain::insert_sorted(
      line, invocations_.data(), i,
      [](const Invocation& a, const Invocation& b) { return a.order < b.order; });
  ++(invocation.is_event ? pool.waiting_events : pool.waiting);
  if (is_at_slot) ++pool.at_slots;
  limit_wait(i);
}

// It had a place and lost it through no fault of its own.
void Scheduler::State::rejoin(Index i) {
  unlimit(i);
  invocations_[i].environment = nothing;
  invocations_[i].wait_until = TimePoint::max();
  join(i, no_slot);
}

// It waits no longer; its wait deadline stays until it is served or answered.
void Scheduler::State::leave_line(Index i) {
  Invocation& invocation = invocations_[i];
  Pool& pool = pools_[invocation.function];
  if (invocation.state == InvocationState::choosing) {
    pool.choosing = nothing;
  } else {
    const bool is_at_slot = invocation.state == InvocationState::at_slot;
    SMYTH_CHECK(is_at_slot || invocation.state == InvocationState::in_line);
    List& line = is_at_slot ? slot_at(invocation.function, invocation.slot).line : pool.line;
    QueueChain::remove(line, invocations_.data(), i);
    --(invocation.is_event ? pool.waiting_events : pool.waiting);
    if (is_at_slot) --pool.at_slots;
  }
  invocation.state = InvocationState::arriving;
  invocation.awaits_next = false;
  if (invocation.deadline == Deadline::next) unlimit(i);
}

// Serves who can be served, after whatever may have made room.
void Scheduler::State::settle(Index f) {
  Function& function = functions_[f];
  Pool& pool = pools_[f];
  if (function.closed) return;
  if (pool.at_slots > 0) serve_slots(f);
  if (!pool.line.empty()) serve_line(f);
  if (pool.spec.provisioned > 0) provision(f);
  function.quick_return = pool.line.empty() && pool.at_slots == 0 && pool.stale_count == 0;
}

void Scheduler::State::serve_slots(Index f) {
  for (Slot slot = 0; slot < pools_[f].spec.concurrency; ++slot) {
    const SlotRecord& record = slot_at(f, slot);
    while (!record.line.empty()) {
      const Index i = record.line.head;
      const Index e = record.environment;
      const bool is_open = e == nothing || !environments_[e].has_processes();
      if (is_open && functions_[f].in_fallback()) {
        leave_line(i);
        join(i, no_slot);
        continue;
      }
      if (!is_open && environments_[e].state != EnvironmentState::idle) break;
      const bool is_served = !is_open && may_serve(environments_[e], invocations_[i]);
      const Pick pick{.environment = is_open ? nothing : e, .slot = is_served ? no_slot : slot};
      if (is_held_back(f, i, pick)) break;
      take(f, i, pick);
    }
  }
}

void Scheduler::State::serve_line(Index f) {
  const Pool& pool = pools_[f];
  while (!pool.line.empty()) {
    const Index i = pool.line.head;
    if (!asks(f)) {
      const bool awaits = invocations_[i].awaits_next;
      const Pick pick = awaits ? pick_at_once(f, i) : Pick{};
      if (pick.is_found() && !is_held_back(f, i, pick)) {
        take(f, i, pick);
      } else if (awaits) {
        if (count_answered(f, i) > 0) return;
        give_up_next(i);
      } else if (!take_place(f, i)) {
        return;
      }
      continue;
    }
    if (pool.choosing != nothing || is_held_back(f, i, {})) return;
    leave_line(i);
    choose(i);
  }
}

void Scheduler::State::answer_waiting(Index f, Verdict verdict) {
  const Pool& pool = pools_[f];
  scratch_.clear();
  const auto add = [&](Index head) {
    for (Index i = head; i != nothing; i = invocations_[i].queue.next) scratch_.push_back(i);
  };
  if (pool.choosing != nothing) scratch_.push_back(pool.choosing);
  add(pool.line.head);
  for (Slot slot = 0; slot < pool.spec.concurrency; ++slot) add(slot_at(f, slot).line.head);
  std::ranges::sort(scratch_, {}, [this](Index i) { return invocations_[i].order; });
  for (const Index i : scratch_) {
    leave_line(i);
    finish(i, verdict);
  }
}

}  // namespace smyth::core
