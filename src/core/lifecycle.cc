// How environments start, become ready, fail and end.
#include "core/state.h"

#include <algorithm>

namespace smyth::core {
namespace {

// Nobody waits for a provisioned environment: Lambda gives it the function's timeout, at least 130
// s and at most 15 min.
Duration init_limit(const FunctionSpec& spec, Start why) {
  using std::chrono::seconds;
  if (why != Start::provisioned || spec.init_timeout <= Duration{0}) return spec.init_timeout;
  if (spec.timeout <= Duration{0}) return seconds(900);
  return std::clamp<Duration>(spec.timeout, seconds(130), seconds(900));
}

}  // namespace

void Scheduler::State::decide_about(ActionKind kind, Index e) {
  Action action;
  action.kind = kind;
  action.environment = id_of_environment(e);
  decide(environments_[e].function, action);
}

// In a slot that is cold, reset or just vacated; bound to invocation `i`, or to nothing.
void Scheduler::State::start_in(Index f, Slot slot, Index i, Start why) {
  Pool& pool = pools_[f];
  SlotRecord& place = slot_at(f, slot);
  pool.cold.erase(slot);
  pool.reset.erase(slot);
  mark_used(f, slot);
  if (place.environment == nothing) {
    place.environment = environments_.take();
    Environment& made = environments_[place.environment];
    made.function = f;
    made.slot = slot;
    made.serial = place.serial = ++pool.serial;
  }
  const Index e = place.environment;
  Environment& environment = environments_[e];
  environment.code = functions_[f].code;
  environment.expired = environment.again = false;
  environment.invocation = i;
  ++pool.slotted;
  ++pool.live;
  if (i != nothing) {
    Invocation& invocation = invocations_[i];
    if (invocation.state != InvocationState::arriving) leave_line(i);
    unlimit(i);
    invocation.state = InvocationState::bound;
    invocation.environment = e;
    note_given(f, slot);
    count_in(f);
  }
  const Duration limit = init_limit(pool.spec, why);
  if (limit > Duration{0}) limit_init(e, now_ + limit);
  begin(e, why);
  // One environment more: idle ones that were provisioned so far may expire.
  if (pool.spec.provisioned > 0) renew_due(f);
}

void Scheduler::State::begin(Index e, Start why) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  Pool& pool = pools_[f];
  environment.move(EnvironmentState::initialising);
  environment.started = now_;
  environment.ages = true;
  LifeChain::push_back(pool.lives, environments_.data(), e);
  if (pool.spec.life_max > Duration{0}) due(f, now_ + pool.spec.life_max, Due::life);
  ++processes_;
  Action action;
  action.kind = ActionKind::start;
  action.detail = static_cast<std::uint8_t>(why);
  action.slot = environment.slot;
  action.environment = id_of_environment(e);
  if (environment.invocation != nothing)
    action.invocation = id_of_invocation(environment.invocation);
  action.function = f;
  action.serial = environment.serial;
  decide(f, action);
}

// Lambda: init once more, at the invocation, with the function's timeout as the limit of both.
void Scheduler::State::begin_again(Index e) {
  Environment& environment = environments_[e];
  environment.move(EnvironmentState::reset);
  environment.again = true;
  ++environment.generation;
  --processes_;
  if (environment.ages) {
    LifeChain::remove(pools_[environment.function].lives, environments_.data(), e);
  }
  environment.expired = false;
  limit_run(environment.invocation);
  begin(e, Start::init_again);
}

void Scheduler::State::ready(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing || environments_[e].state != EnvironmentState::initialising) return;
  const Environment& environment = environments_[e];
  const Index f = environment.function;
  const bool is_fresh = environment.place == Place::slot && !is_stale(environment);
  resume(e);
  unlimit_init(e);
  pools_[f].may_provision = true;
  if (environment.invocation != nothing) {
    give(e, environment.invocation);
  } else {
    become_free(e);
  }
  if (is_fresh && pools_[f].stale_count > 0) retire_stale(f);
  settle(f);
}

void Scheduler::State::failed(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing || environments_[e].state != EnvironmentState::initialising) return;
  const Index f = environments_[e].function;
  switch (static_cast<InitFailure>(input.detail)) {
    case InitFailure::reported:
      init_ended_badly(e, InitEnd::reported);
      break;
    case InitFailure::exited:
      init_ended_badly(e, InitEnd::exited);
      break;
    case InitFailure::spawn:
      init_ended_badly(e, InitEnd::spawn);
      break;
  }
  settle(f);
}

// The processes are gone already, or their kill is decided.
void Scheduler::State::init_ended_badly(Index e, InitEnd how) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  const Index i = environment.invocation;
  unlimit_init(e);
  environment.paused = false;
  const bool is_verdict = !is_stale(environment);
  if (is_verdict && i == nothing) pools_[f].may_provision = false;
  if (!functions_[f].closed && (!is_verdict || pools_[f].stale_count > 0)) {
    end(e, After::reset);
    if (is_verdict) fall_back(f);
    if (i != nothing) rejoin(i);
    return;
  }
  const bool may_again = how == InitEnd::exited || how == InitEnd::over;
  if (may_again && i != nothing && !environment.again && !functions_[f].closed) {
    return begin_again(e);
  }
  if (i != nothing) {
    switch (how) {
      case InitEnd::reported:
        finish(i, Verdict::init_error);
        break;
      case InitEnd::exited:
        finish(i, Verdict::init_crash);
        break;
      case InitEnd::spawn:
        finish(i, Verdict::spawn_failed);
        break;
      case InitEnd::over:
        finish(i, Verdict::timeout);
        break;
    }
  }
  end(e, After::reset);
}

void Scheduler::State::exited(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing) return;
  const Index f = environments_[e].function;
  if (environments_[e].state == EnvironmentState::initialising) {
    init_ended_badly(e, InitEnd::exited);
  } else {
    crash(e);
  }
  settle(f);
}

void Scheduler::State::crash(Index e) {
  const Index i = environments_[e].invocation;
  if (i != nothing && environments_[e].state == EnvironmentState::answered) {
    release(i);
  } else if (i != nothing) {
    finish(i, Verdict::crash);
  }
  end(e, After::reset);
}

void Scheduler::State::kill(Index e, After after) {
  decide_about(ActionKind::kill, e);
  end(e, after);
}

void Scheduler::State::stop(Index e) {
  decide_about(ActionKind::stop, e);
  end(e, After::gone);
}

// An environment without processes keeps its slot, if wanted and possible; otherwise its record is
// free.
void Scheduler::State::end(Index e, After after) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  const Slot slot = environment.slot;
  Function& function = functions_[f];
  Pool& pool = pools_[f];
  if (environment.state == EnvironmentState::idle) {
    pool.worked = std::max(pool.worked, environment.at);
    leave_idle(e);
  }
  if (environment.invocation != nothing) pool.worked = now_;
  if (environment.state == EnvironmentState::answered) {
    IdleChain::remove(pool.answered, environments_.data(), e);
  }
  unlimit_init(e);
  if (environment.ages) LifeChain::remove(pool.lives, environments_.data(), e);
  environment.ages = environment.paused = false;
  const bool counts = environment.place == Place::slot && environment.invocation != nothing;
  if (counts) count_out(f);
  environment.invocation = nothing;
  --processes_;
  ++environment.generation;
  const Place place = environment.place;
  if (place != Place::detached) detach(e);
  const bool holds_slot = place == Place::slot;
  SlotRecord& record = slot_at(f, slot);
  const bool is_reset =
      holds_slot && after == After::reset && !function.closed && record.vacated == nothing;
  environment.move(is_reset ? EnvironmentState::reset : EnvironmentState::gone);
  if (is_reset) {
    environment.place = Place::slot;
    record.environment = e;
  } else {
    environments_.put(e);
  }
  if (!holds_slot) return;
  if (record.vacated != nothing) {
    return_vacated(f, slot);
  } else {
    open_slot(f, slot);
  }
}

// It is in no slot any more, and not counted. What becomes of the slot is up to the caller.
void Scheduler::State::detach(Index e) {
  Environment& environment = environments_[e];
  Function& function = functions_[environment.function];
  Pool& pool = pools_[environment.function];
  SlotRecord& record = slot_of(environment);
  if (environment.place == Place::slot) {
    record.environment = nothing;
    --pool.slotted;
    if (environment.invocation != nothing) {
      count_out(environment.function);
      pool.worked = now_;
    }
  } else {
    record.vacated = nothing;
  }
  environment.place = Place::detached;
  --pool.live;
  if (is_stale(environment)) --pool.stale_count;
  if (pool.stale_count == 0) function.serves_from = function.code;
}

// Nothing runs in it: the next who needs it starts an environment there.
void Scheduler::State::open_slot(Index f, Slot slot) {
  Pool& pool = pools_[f];
  (slot_at(f, slot).environment == nothing ? pool.cold : pool.reset).insert(slot);
  mark_unused(f, slot);
}

void Scheduler::State::provision(Index f) {
  Pool& pool = pools_[f];
  const std::uint32_t wanted = std::min(pool.spec.provisioned, pool.spec.concurrency);
  if (!pool.may_provision || functions_[f].in_fallback()) return;
  while (pool.slotted < wanted) {
    Slot slot = pool.reset.lowest();
    if (slot == no_slot) slot = pool.cold.lowest();
    if (slot == no_slot) return;
    start_in(f, slot, nothing, Start::provisioned);
  }
}

void Scheduler::State::prepared(const Input& input) {
  const Index i = find(input.invocation);
  if (i == nothing || invocations_[i].state != InvocationState::preparing) return;
  resume(invocations_[i].environment);
  deliver(invocations_[i].environment, i);
}

void Scheduler::State::prepare_failed(const Input& input) {
  const Index i = find(input.invocation);
  if (i == nothing || invocations_[i].state != InvocationState::preparing) return;
  const Index e = invocations_[i].environment;
  finish(i, Verdict::hook_failed);
  environments_[e].paused = false;
  if (environments_[e].place == Place::slot) count_out(environments_[e].function);
  environments_[e].invocation = nothing;
  become_free(e);
  settle(environments_[e].function);
}

void Scheduler::State::answered(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing || environments_[e].state != EnvironmentState::busy) return;
  const Index i = environments_[e].invocation;
  if (id_of_invocation(i) != input.invocation) return;
  const auto outcome = static_cast<Outcome>(input.detail);
  answer(i, outcome == Outcome::success ? Verdict::success : Verdict::function_error);
  environments_[e].move(EnvironmentState::answered);
  IdleChain::push_back(pools_[environments_[e].function].answered, environments_.data(), e);
  invocations_[i].state = InvocationState::answered;
}

}  // namespace smyth::core
