// Functions come, change and go; the shutdown; what can be seen from outside.
#include "core/state.h"

#include <algorithm>

namespace smyth::core {

void Scheduler::State::configure(const Input& input) {
  if (is_closing_ || input.function.generation != 0) return;
  const Index f = input.function.index;
  if (f == functions_.size()) add_function(*input.spec);
  if (f >= functions_.size() || functions_[f].closed) return;
  Pool& pool = pools_[f];
  const std::uint32_t count = std::max(input.spec->concurrency, 1u);
  const bool other_lives = pool.spec.life_max != input.spec->life_max;
  const bool other_rate = pool.spec.reserved != input.spec->reserved;
  set_slot_count(f, count);
  pool.spec = *input.spec;
  pool.spec.concurrency = count;
  pool.may_provision = true;
  Function& function = functions_[f];
  function.strategy = pool.spec.strategy;
  function.prepares = pool.spec.prepares;
  function.timeout = pool.spec.timeout;
  function.idle_max = pool.spec.idle_max;
  const Duration rest = pool.spec.function_idle_max;
  const bool is_shorter = function.idle_max <= Duration{0} || rest < function.idle_max;
  if (rest > Duration{0} && is_shorter) function.idle_max = rest;
  if (other_lives) renew_lives(f);
  if (other_rate) fill_rate(f);
  renew_limits(f);
  renew_shared();
  sort_unused(f);
  renew_due(f);
  settle(f);
}

// Who was too old under the old limit may not be under the new one.
void Scheduler::State::renew_lives(Index f) {
  const Duration limit = pools_[f].spec.life_max;
  for (const Index e : by_age(f)) {
    Environment& environment = environments_[e];
    const bool is_old = limit > Duration{0} && environment.started + limit <= now_;
    if (!environment.has_processes() || !environment.expired || is_old) continue;
    environment.expired = false;
    environment.ages = true;
    LifeChain::insert_sorted(
        pools_[f].lives, environments_.data(), e,
        [](const Environment& a, const Environment& b) { return a.started < b.started; });
  }
}

void Scheduler::State::add_function(const FunctionSpec& spec) {
  functions_.emplace_back();
  pools_.emplace_back();
  pools_.back().spec = spec;
  pools_.back().spec.concurrency = 0;
  heap_.grow();
  const auto f = static_cast<Index>(functions_.size() - 1);
  fill_scaling(f);
  fill_rate(f);
}

void Scheduler::State::set_slot_count(Index f, std::uint32_t count) {
  Pool& pool = pools_[f];
  Function& function = functions_[f];
  const std::uint32_t before = pool.spec.concurrency;
  for (Slot slot = count; slot < before; ++slot) close_slot(f, slot);
  if (count > pool.slot_capacity) {
    // The old records are lost: functions seldom grow.
    const auto first = static_cast<Index>(slots_.size());
    slots_.resize(slots_.size() + count);
    std::copy_n(slots_.begin() + function.first_slot, pool.slot_capacity, slots_.begin() + first);
    function.first_slot = first;
    pool.slot_capacity = count;
  }
  pool.spec.concurrency = count;
  pool.cold.resize(count);
  pool.reset.resize(count);
  pool.unused = {};
  for (Slot slot = before; slot < count; ++slot) pool.cold.insert(slot);
}

// Above the new number of slots.
void Scheduler::State::close_slot(Index f, Slot slot) {
  SlotRecord& record = slot_at(f, slot);
  if (record.vacated != nothing) release_vacated(record);
  if (const Index e = record.environment; e != nothing) {
    Environment& environment = environments_[e];
    const bool is_initialising = environment.state == EnvironmentState::initialising;
    if (environment.state == EnvironmentState::reset) {
      environment.move(EnvironmentState::gone);
      environments_.put(e);
      record.environment = nothing;
    } else if (environment.state == EnvironmentState::idle) {
      stop(e);
    } else if (is_initialising && environment.invocation == nothing) {
      kill(e, After::gone);
    } else {
      detach(e);
    }
  }
  while (!record.line.empty()) {
    const Index i = record.line.head;
    leave_line(i);
    invocations_[i].order = ++orders_;
    join(i, no_slot);
  }
  mark_used(f, slot);
}

void Scheduler::State::remove(const Input& input) {
  const Index f = input.function.index;
  if (!is_known(input.function) || functions_[f].closed) return;
  close(f, Verdict::abandoned);
}

// Accepts nothing more; what runs may end.
void Scheduler::State::close(Index f, Verdict verdict) {
  answer_waiting(f, verdict);
  functions_[f].closed = true;
  functions_[f].quick_return = false;
  renew_limits(f);
  renew_shared();
  pools_[f].retry = TimePoint::max();
  for (const Index e : by_age(f)) {
    Environment& environment = environments_[e];
    const bool is_initialising = environment.state == EnvironmentState::initialising;
    if (environment.state == EnvironmentState::reset) {
      slot_of(environment).environment = nothing;
      environment.move(EnvironmentState::gone);
      environments_.put(e);
    } else if (environment.state == EnvironmentState::idle) {
      stop(e);
    } else if (is_initialising && environment.invocation == nothing) {
      kill(e, After::gone);
    }
  }
}

void Scheduler::State::shutdown(const Input& input) {
  if (!is_closing_) {
    is_closing_ = true;
    for (Index f = 0; f < functions_.size(); ++f) {
      if (!functions_[f].closed) close(f, Verdict::shutdown);
    }
  }
  if (input.deadline <= now_) return end_shutdown();
  shutdown_ = std::min(shutdown_, due_key(input.deadline, Due::shutdown));
  refresh_due();
}

void Scheduler::State::end_shutdown() {
  shutdown_ = never;
  refresh_due();
  for (Index f = 0; f < functions_.size(); ++f) {
    for (const Index e : by_age(f)) {
      const Index i = environments_[e].invocation;
      decide_about(ActionKind::kill, e);
      if (i != nothing && environments_[e].state == EnvironmentState::answered) {
        release(i);
      } else if (i != nothing) {
        finish(i, Verdict::shutdown);
      }
      end(e, After::gone);
    }
  }
}

FunctionId Scheduler::State::next_function() const {
  return {static_cast<Index>(functions_.size()), 0};
}

InvocationId Scheduler::State::next_invocation() const {
  const Index next = invocations_.next();
  return {next, next < invocations_.size() ? invocations_[next].generation : 0};
}

SlotView Scheduler::State::slot(FunctionId function, Slot slot) const {
  SlotView view;
  if (slot >= slot_count(function)) return view;
  const SlotRecord& record = slots_[functions_[function.index].first_slot + slot];
  view.serial = record.serial;
  view.given = record.given;
  view.last_used = record.last_used;
  if (record.environment == nothing) return view;
  const Environment& environment = environments_[record.environment];
  switch (environment.state) {
    case EnvironmentState::gone:
    case EnvironmentState::reset:
      return view;
    case EnvironmentState::initialising:
      view.state = SlotView::State::initialising;
      break;
    case EnvironmentState::idle:
      view.state = SlotView::State::idle;
      view.idle_since = environment.at;
      break;
    case EnvironmentState::preparing:
      view.state = SlotView::State::preparing;
      break;
    case EnvironmentState::busy:
    case EnvironmentState::answered:
      view.state = SlotView::State::busy;
      break;
  }
  view.stale = is_stale(environment);
  view.environment = id_of_environment(record.environment);
  return view;
}

std::uint32_t Scheduler::State::slot_count(FunctionId function) const {
  return is_known(function) ? pools_[function.index].spec.concurrency : 0;
}

std::uint32_t Scheduler::State::waiting_count(FunctionId function) const {
  if (!is_known(function)) return 0;
  const Pool& pool = pools_[function.index];
  return pool.waiting + pool.waiting_events;
}

std::uint64_t Scheduler::State::decision_hash() const {
  std::uint64_t hash = 0;
  for (Index f = 0; f < functions_.size(); ++f) hash = mix(hash, functions_[f].hash, f);
  return hash;
}

}  // namespace smyth::core
