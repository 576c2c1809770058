// Which environment serves whom.
#include "core/state.h"

namespace smyth::core {

// An environment has nothing to do: after its init, an invocation, or a hook that failed.
void Scheduler::State::become_free(Index e) {
  const Environment& environment = environments_[e];
  const Index f = environment.function;
  if (functions_[f].closed || environment.place == Place::detached) return stop(e);
  if (environment.place == Place::vacated) return environment.expired ? stop(e) : become_idle(e);
  const Index at_slot = slot_of(environment).line.head;
  if (at_slot != nothing && may_serve(environment, invocations_[at_slot])) return give(e, at_slot);
  const Index in_line = asks(f) || at_slot != nothing ? nothing : pools_[f].line.head;
  if (in_line != nothing && may_serve(environment, invocations_[in_line])) return give(e, in_line);
  if (environment.expired) return stop(e);
  become_idle(e);
}

// Finds an environment for `i`, or a slot for a new one; whether there is one.
bool Scheduler::State::take_place(Index f, Index i) {
  const bool in_turn = functions_[f].strategy == Strategy::round_robin;
  return in_turn ? take_longest_unused(f, i) : take_most_recent(f, i);
}

bool Scheduler::State::take_most_recent(Index f, Index i) {
  const Function& function = functions_[f];
  const Pool& pool = pools_[f];
  if (!function.idle.empty()) return give(function.idle.tail, i), true;
  if (function.in_fallback()) return false;  // A start would fail as the last one did.
  for (Index e = pool.stale.tail; e != nothing; e = environments_[e].link.prev) {
    const Environment& stale = environments_[e];
    if (stale.place == Place::slot && may_serve(stale, invocations_[i])) return give(e, i), true;
  }
  Slot slot = pool.reset.lowest();
  if (slot == no_slot) slot = pool.cold.lowest();
  if (slot == no_slot) return take_stale_slot(f, i);
  start_for(f, slot, i);
  return true;
}

bool Scheduler::State::take_longest_unused(Index f, Index i) {
  const Function& function = functions_[f];
  const Index first = function.first_slot;
  for (Index at = pools_[f].unused.head; at != nothing; at = slots_[at].unused.next) {
    const Index e = slots_[at].environment;
    const bool is_idle = e != nothing && environments_[e].has_processes();
    if (is_idle && may_serve(environments_[e], invocations_[i])) return give(e, i), true;
    if (function.in_fallback()) continue;
    if (is_idle) vacate(e);
    start_for(f, at - first, i);
    return true;
  }
  return take_stale_slot(f, i);
}

// Takes the slot of an environment that is too old for `i`.
bool Scheduler::State::take_stale_slot(Index f, Index i) {
  const Pool& pool = pools_[f];
  const auto takes = [&](Index e) {
    if (e == nothing) return false;
    const Environment& stale = environments_[e];
    const bool is_too_old =
        stale.has_processes() && stale.place == Place::slot && !may_serve(stale, invocations_[i]);
    if (!is_too_old) return false;
    const Slot slot = stale.slot;
    vacate(e);
    start_for(f, slot, i);
    return true;
  };
  if (pool.stale_count == 0) return false;
  for (Index e = pool.stale.head; e != nothing; e = environments_[e].link.next) {
    if (takes(e)) return true;
  }
  for (Slot slot = 0; slot < pool.spec.concurrency; ++slot) {
    if (takes(slot_at(f, slot).environment)) return true;
  }
  return false;
}

void Scheduler::State::start_for(Index f, Slot slot, Index i) {
  Pool& pool = pools_[f];
  const std::uint32_t code = functions_[f].code;
  const bool is_reset = slot_at(f, slot).environment != nothing;
  const bool is_candidate = pool.stale_count > 0 && pool.candidate_code != code;
  if (is_candidate) pool.candidate_code = code;
  start_in(f, slot, i, is_candidate ? Start::candidate : is_reset ? Start::reset : Start::cold);
}

// --- Slots by their last use, for round_robin ---

void Scheduler::State::mark_unused(Index f, Slot slot) {
  if (functions_[f].strategy != Strategy::round_robin) return;
  SlotRecord& record = slot_at(f, slot);
  if (record.is_unused) return;
  record.is_unused = true;
  const SlotRecord* all = slots_.data();
  UnusedChain::insert_sorted(pools_[f].unused, slots_.data(), functions_[f].first_slot + slot,
                             [all](const SlotRecord& a, const SlotRecord& b) {
                               return a.order != b.order ? a.order < b.order : &a - all < &b - all;
                             });
}

void Scheduler::State::mark_used(Index f, Slot slot) {
  SlotRecord& record = slot_at(f, slot);
  if (!record.is_unused) return;
  record.is_unused = false;
  UnusedChain::remove(pools_[f].unused, slots_.data(), functions_[f].first_slot + slot);
}

// After a change of the strategy or of the slots.
void Scheduler::State::sort_unused(Index f) {
  pools_[f].unused = {};
  for (Slot slot = 0; slot < pools_[f].slot_capacity; ++slot) slot_at(f, slot).is_unused = false;
  for (Slot slot = 0; slot < pools_[f].spec.concurrency; ++slot) {
    const Index e = slot_at(f, slot).environment;
    const bool is_free = e == nothing || !environments_[e].has_processes() ||
                         environments_[e].state == EnvironmentState::idle;
    if (is_free) mark_unused(f, slot);
  }
}

}  // namespace smyth::core
