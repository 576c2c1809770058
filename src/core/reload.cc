// Changed code: candidates, the environments kept behind them, and what comes of both.
#include "core/state.h"

#include <algorithm>

namespace smyth::core {

void Scheduler::State::code_changed(const Input& input) {
  const Index f = input.function.index;
  if (!is_known(input.function) || functions_[f].closed) return;
  Function& function = functions_[f];
  Pool& pool = pools_[f];
  function.serves_from = ++function.code;
  pool.stale_count = pool.live;
  pool.may_provision = true;
  while (!function.idle.empty()) {
    const Index e = function.idle.head;
    IdleChain::remove(function.idle, environments_.data(), e);
    environments_[e].aside = true;
    IdleChain::insert_sorted(
        pool.stale, environments_.data(), e,
        [](const Environment& a, const Environment& b) { return a.at < b.at; });
  }
  settle(f);
}

// Makes room in a stale environment's slot, which the caller uses at once.
void Scheduler::State::vacate(Index e) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  SlotRecord& record = slot_of(environment);
  if (environment.state == EnvironmentState::initialising) {
    // Nobody knows yet whether it would work: it is nothing to fall back on.
    detach(e);
    if (environment.invocation == nothing) kill(e, After::gone);
    return;
  }
  if (record.vacated != nothing) release_vacated(record);
  if (environment.state == EnvironmentState::idle) mark_used(f, environment.slot);
  environment.place = Place::vacated;
  record.environment = nothing;
  record.vacated = e;
  --pools_[f].slotted;
  if (environment.invocation != nothing) {
    count_out(f);
    pools_[f].worked = now_;
  }
}

void Scheduler::State::release_vacated(SlotRecord& slot) {
  const Index e = slot.vacated;
  if (environments_[e].state == EnvironmentState::idle) {
    stop(e);
  } else {
    detach(e);
  }
}

// Its slot is empty again.
void Scheduler::State::return_vacated(Index f, Slot slot) {
  SlotRecord& record = slot_at(f, slot);
  const Index e = record.vacated;
  Environment& environment = environments_[e];
  record.vacated = nothing;
  record.environment = e;
  record.serial = environment.serial;
  environment.place = Place::slot;
  ++pools_[f].slotted;
  if (environment.invocation != nothing) count_in(f);
  if (pools_[f].spec.provisioned > 0) renew_due(f);
  if (environment.state != EnvironmentState::idle) return;
  mark_unused(f, slot);
  if (environment.code < functions_[f].serves_from) return;
  IdleChain::remove(pools_[f].stale, environments_.data(), e);
  environment.aside = false;
  IdleChain::insert_sorted(functions_[f].idle, environments_.data(), e,
                           [](const Environment& a, const Environment& b) { return a.at < b.at; });
}

// The changed code works.
void Scheduler::State::retire_stale(Index f) {
  functions_[f].serves_from = functions_[f].code;
  for (const Index e : by_age(f)) {
    const Environment& environment = environments_[e];
    const bool is_kept = environment.has_processes() && environment.place != Place::detached;
    if (!is_kept || !is_stale(environment)) continue;
    const bool is_useless =
        environment.state == EnvironmentState::initialising && environment.invocation == nothing;
    if (environment.state == EnvironmentState::idle) {
      stop(e);
    } else if (is_useless) {
      kill(e, After::gone);
    } else {
      const bool had_slot = environment.place == Place::slot;
      detach(e);
      if (had_slot) open_slot(f, environment.slot);
    }
  }
}

// The changed code does not load: the stale environments serve on until the next change.
void Scheduler::State::fall_back(Index f) {
  Function& function = functions_[f];
  Pool& pool = pools_[f];
  if (pool.stale_count == 0) return;
  function.serves_from = 0;
  for (Index e = pool.stale.head; e != nothing;) {
    const Index next = environments_[e].link.next;
    if (environments_[e].place == Place::slot) {
      IdleChain::remove(pool.stale, environments_.data(), e);
      environments_[e].aside = false;
      IdleChain::insert_sorted(
          function.idle, environments_.data(), e,
          [](const Environment& a, const Environment& b) { return a.at < b.at; });
    }
    e = next;
  }
}

// All environments of a function, the one that got its serial first at the front; valid until the
// next call.
const std::vector<Index>& Scheduler::State::by_age(Index f) {
  scratch_.clear();
  for (Index e = 0; e < environments_.size(); ++e) {
    const Environment& environment = environments_[e];
    const bool is_there = environment.state != EnvironmentState::gone && environment.function == f;
    if (is_there) scratch_.push_back(e);
  }
  std::ranges::sort(scratch_, {}, [this](Index e) { return environments_[e].serial; });
  return scratch_;
}

}  // namespace smyth::core
