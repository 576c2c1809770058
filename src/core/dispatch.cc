// Which environment serves whom.
#include "base/prng.h"
#include "core/state.h"

namespace smyth::core {
namespace {

Prng seeded_by(TimePoint at) {
  return Prng(static_cast<std::uint64_t>(at.time_since_epoch().count()));
}

}  // namespace

// An environment has nothing to do: after its init, an invocation, or a hook that failed.
void Scheduler::State::become_free(Index e) {
  const Environment& environment = environments_[e];
  const Index f = environment.function;
  pools_[f].worked = now_;
  if (functions_[f].closed || environment.place == Place::detached) return stop(e);
  if (environment.place == Place::vacated) return environment.expired ? stop(e) : become_idle(e);
  const Index at_slot = slot_of(environment).line.head;
  const auto serves = [&](Index i) {
    return i != nothing && may_serve(environment, invocations_[i]) &&
           !is_held_back(f, i, {.environment = e});
  };
  if (serves(at_slot)) return give(e, at_slot);
  const Index in_line = asks(f) || at_slot != nothing ? nothing : pools_[f].line.head;
  if (serves(in_line)) return give(e, in_line);
  if (environment.expired) return stop(e);
  become_idle(e);
}

// --- Picking a place ---

// What the strategy takes without hesitation.
Pick Scheduler::State::pick_at_once(Index f, Index i) const {
  const bool in_turn = functions_[f].strategy == Strategy::round_robin;
  return in_turn ? pick_longest_unused(f, i) : pick_idle(f, i);
}

Pick Scheduler::State::pick_idle(Index f, Index i) const {
  const Function& function = functions_[f];
  if (!function.idle.empty()) return {.environment = pick_among_idle(f)};
  if (function.in_fallback()) return {};
  for (Index e = pools_[f].stale.tail; e != nothing; e = environments_[e].link.prev) {
    const Environment& stale = environments_[e];
    if (stale.place == Place::slot && may_serve(stale, invocations_[i])) return {.environment = e};
  }
  return {};
}

// Which of those that may serve, at least one.
Index Scheduler::State::pick_among_idle(Index f) const {
  const List& idle = functions_[f].idle;
  const auto next = [this](Index e) { return environments_[e].link.next; };
  Index picked = idle.head;
  switch (functions_[f].strategy) {
    case Strategy::first_warm:
    case Strategy::round_robin:
    case Strategy::user:
      return idle.tail;
    case Strategy::least_recently_used:
      return idle.head;
    case Strategy::newest:
      for (Index e = picked; e != nothing; e = next(e)) {
        if (environments_[e].serial > environments_[picked].serial) picked = e;
      }
      return picked;
    case Strategy::oldest:
      for (Index e = picked; e != nothing; e = next(e)) {
        if (environments_[e].serial < environments_[picked].serial) picked = e;
      }
      return picked;
    case Strategy::random: {
      std::uint64_t count = 0;
      for (Index e = idle.head; e != nothing; e = next(e)) ++count;
      // By the time: no state, and the same in every run.
      std::uint64_t left = seeded_by(now_).below(count);
      for (; left > 0; --left) picked = next(picked);
      return picked;
    }
  }
  return picked;
}

Pick Scheduler::State::pick_longest_unused(Index f, Index i) const {
  const Function& function = functions_[f];
  for (Index at = pools_[f].unused.head; at != nothing; at = slots_[at].unused.next) {
    const Index e = slots_[at].environment;
    const bool is_idle = e != nothing && environments_[e].has_processes();
    if (is_idle && may_serve(environments_[e], invocations_[i])) return {.environment = e};
    if (function.in_fallback()) continue;
    return {.environment = is_idle ? e : nothing, .slot = at - function.first_slot};
  }
  return {};
}

// A slot for a new environment, where nothing is to be had at once.
Pick Scheduler::State::pick_start(Index f, Index i) const {
  const Function& function = functions_[f];
  if (function.in_fallback()) return {};  // A start would fail as the last one did.
  if (function.strategy == Strategy::round_robin) return pick_stale_slot(f, i);
  Slot slot = pools_[f].reset.lowest();
  if (slot == no_slot) slot = pools_[f].cold.lowest();
  if (slot == no_slot) return pick_stale_slot(f, i);
  return {.slot = slot};
}

// The slot of an environment that is too old for `i`.
Pick Scheduler::State::pick_stale_slot(Index f, Index i) const {
  const Pool& pool = pools_[f];
  const auto is_too_old = [&](Index e) {
    if (e == nothing) return false;
    const Environment& stale = environments_[e];
    return stale.has_processes() && stale.place == Place::slot &&
           !may_serve(stale, invocations_[i]);
  };
  if (pool.stale_count == 0) return {};
  for (Index e = pool.stale.head; e != nothing; e = environments_[e].link.next) {
    if (is_too_old(e)) return {.environment = e, .slot = environments_[e].slot};
  }
  for (Slot slot = 0; slot < pool.spec.concurrency; ++slot) {
    const Index e = slots_[functions_[f].first_slot + slot].environment;
    if (is_too_old(e)) return {.environment = e, .slot = slot};
  }
  return {};
}

void Scheduler::State::take(Index f, Index i, Pick pick) {
  if (!pick.starts()) return give(pick.environment, i);
  if (pick.environment != nothing) vacate(pick.environment);
  start_for(f, pick.slot, i);
}

Pick Scheduler::State::pick_place(Index f, Index i) const {
  const Pick pick = pick_at_once(f, i);
  return pick.is_found() ? pick : pick_start(f, i);
}

// Finds an environment for `i`, or a slot for a new one; whether there is one.
bool Scheduler::State::take_place(Index f, Index i) {
  const Pick pick = pick_place(f, i);
  if (!pick.is_found() || is_held_back(f, i, pick)) return false;
  take(f, i, pick);
  return true;
}

// Environments that have answered and will serve `i`, or who is before it in the line.
std::uint32_t Scheduler::State::count_answered(Index f, Index i) const {
  std::uint32_t count = 0;
  for (Index e = pools_[f].answered.head; e != nothing; e = environments_[e].link.next) {
    const Environment& answered = environments_[e];
    const SlotRecord& record = slots_[functions_[f].first_slot + answered.slot];
    const bool will_serve = answered.place == Place::slot && record.line.empty() &&
                            may_serve(answered, invocations_[i]);
    if (will_serve) ++count;
  }
  return count;
}

void Scheduler::State::start_for(Index f, Slot slot, Index i) {
  Pool& pool = pools_[f];
  const std::uint32_t code = functions_[f].code;
  const bool is_reset = slot_at(f, slot).environment != nothing;
  const bool is_candidate = pool.stale_count > 0 && pool.candidate_code != code;
  if (is_candidate) pool.candidate_code = code;
  if (functions_[f].limited && !is_reset) scaling_of(f).take(now_);
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
