// What happens when nothing happens: limits of waiting, init and run, and the ends of lives.
#include "core/state.h"

#include <algorithm>

namespace smyth::core {

// Fires what is due before `limit`. Function::due is only a lower bound, since a deadline that goes
// away leaves it as it is: here it catches up.
void Scheduler::State::fire(DueKey limit) {
  while (due_ < limit) {
    if (shutdown_ < heap_.next_key()) {
      end_shutdown();
      continue;
    }
    const Index f = heap_.next_function();
    const DueKey next = earliest(f);
    SMYTH_CHECK(next >= functions_[f].due);
    if (next > functions_[f].due) {
      renew_due(f);
      continue;
    }
    const Due kind = due_kind(next);
    // The life of an environment at work ends later: so far nothing has happened.
    const bool is_silent =
        kind == Due::life && environments_[pools_[f].lives.head].state != EnvironmentState::idle;
    fire_one(f, kind);
    if (!is_silent) settle(f);
  }
}

void Scheduler::State::fire_one(Index f, Due kind) {
  switch (kind) {
    case Due::idle:
      return expire_idle(f);
    case Due::life:
      return expire_life(f);
    case Due::init: {
      const Index e = pools_[f].inits.head;
      decide_about(ActionKind::kill, e);
      return init_ended_badly(e, InitEnd::over);
    }
    case Due::timeout:
      return end_run(f);
    case Due::wait:
      return end_wait(f);
    case Due::next:
      return give_up_next(pools_[f].nexts.head);
    case Due::retry:
      pools_[f].retry = TimePoint::max();  // Whoever may go, goes when all is settled.
      return;
    case Due::shutdown:
      SMYTH_CHECK(kind != Due::shutdown);
  }
}

DueKey Scheduler::State::earliest(Index f) const {
  const Function& function = functions_[f];
  const Pool& pool = pools_[f];
  DueKey earliest = never;
  const auto consider = [&](TimePoint at, Due kind) {
    earliest = std::min(earliest, due_key(at, kind));
  };
  const bool has_idle = !function.idle.empty() || !pool.stale.empty();
  if (has_idle && function.idle_max > Duration{0} && !holds_idle(f)) {
    for (const Index e : {function.idle.head, pool.stale.head}) {
      if (e != nothing && pool.spec.idle_max > Duration{0}) {
        consider(environments_[e].at + pool.spec.idle_max, Due::idle);
      }
    }
    if (pool.spec.function_idle_max > Duration{0}) {
      // One at work holds it back; it ends at present at the earliest.
      const TimePoint since = pool.in_use > 0 ? now_ : last_work(f);
      consider(since + pool.spec.function_idle_max, Due::idle);
    }
  }
  if (pool.spec.life_max > Duration{0} && !pool.lives.empty()) {
    consider(environments_[pool.lives.head].started + pool.spec.life_max, Due::life);
  }
  if (!pool.inits.empty()) consider(environments_[pool.inits.head].at, Due::init);
  if (!function.timeouts.empty()) consider(invocations_[function.timeouts.head].at, Due::timeout);
  if (!pool.waits.empty()) consider(invocations_[pool.waits.head].at, Due::wait);
  if (pool.retry != TimePoint::max()) consider(pool.retry, Due::retry);
  if (!pool.nexts.empty()) consider(invocations_[pool.nexts.head].at, Due::next);
  return earliest;
}

void Scheduler::State::renew_due(Index f) {
  functions_[f].due = earliest(f);
  heap_.set(f, functions_[f].due);
  refresh_due();
}

// Provisioned environments do not expire.
bool Scheduler::State::holds_idle(Index f) const {
  const Pool& pool = pools_[f];
  return pool.spec.provisioned > 0 && pool.slotted <= pool.spec.provisioned;
}

// When the last environment became idle, or ended.
TimePoint Scheduler::State::last_work(Index f) const {
  TimePoint last = pools_[f].worked;
  for (const Index e : {functions_[f].idle.tail, pools_[f].stale.tail}) {
    if (e != nothing) last = std::max(last, environments_[e].at);
  }
  return last;
}

void Scheduler::State::expire_idle(Index f) {
  const Index serving = functions_[f].idle.head;
  const Index stale = pools_[f].stale.head;
  const bool is_stale_first =
      serving == nothing ||
      (stale != nothing && environments_[stale].at < environments_[serving].at);
  stop(is_stale_first ? stale : serving);
}

void Scheduler::State::expire_life(Index f) {
  const Index e = pools_[f].lives.head;
  Environment& environment = environments_[e];
  LifeChain::remove(pools_[f].lives, environments_.data(), e);
  environment.ages = false;
  environment.expired = true;
  if (environment.state == EnvironmentState::idle) stop(e);
}

void Scheduler::State::end_wait(Index f) {
  const Index i = pools_[f].waits.head;
  leave_line(i);
  finish(i, Verdict::throttled, Reason::queue_wait);
}

void Scheduler::State::end_run(Index f) {
  const Index i = functions_[f].timeouts.head;
  const Index e = invocations_[i].environment;
  decide_about(ActionKind::kill, e);
  unlimit(i);
  switch (invocations_[i].state) {
    case InvocationState::bound:
      return init_ended_badly(e, InitEnd::over);
    case InvocationState::answered:
      release(i);
      break;
    case InvocationState::gone:
    case InvocationState::arriving:
    case InvocationState::choosing:
    case InvocationState::in_line:
    case InvocationState::at_slot:
    case InvocationState::preparing:
    case InvocationState::running:
      finish(i, Verdict::timeout);
      break;
  }
  end(e, After::reset);
}

void Scheduler::State::limit_wait(Index i) {
  Invocation& invocation = invocations_[i];
  Pool& pool = pools_[invocation.function];
  if (invocation.deadline == Deadline::wait) return;
  const bool is_endless = invocation.is_event || pool.spec.queue_wait <= Duration{0};
  if (!is_endless && invocation.wait_until == TimePoint::max()) {
    invocation.wait_until = now_ + pool.spec.queue_wait;
  }
  const TimePoint next = now_ + pool.spec.next_wait;
  const bool looks_first = invocation.awaits_next && next < invocation.wait_until;
  if (!looks_first && invocation.wait_until == TimePoint::max()) return;
  unlimit(i);
  invocation.deadline = looks_first ? Deadline::next : Deadline::wait;
  invocation.at = looks_first ? next : invocation.wait_until;
  TimedChain::insert_sorted(looks_first ? pool.nexts : pool.waits, invocations_.data(), i,
                            [](const Invocation& a, const Invocation& b) { return a.at < b.at; });
  due(invocation.function, invocation.at, looks_first ? Due::next : Due::wait);
}

void Scheduler::State::limit_init(Index e, TimePoint at) {
  Environment& environment = environments_[e];
  environment.at = at;
  environment.has_deadline = true;
  IdleChain::insert_sorted(pools_[environment.function].inits, environments_.data(), e,
                           [](const Environment& a, const Environment& b) { return a.at < b.at; });
  due(environment.function, at, Due::init);
}

void Scheduler::State::unlimit_init(Index e) {
  Environment& environment = environments_[e];
  if (!environment.has_deadline) return;
  environment.has_deadline = false;
  IdleChain::remove(pools_[environment.function].inits, environments_.data(), e);
}

void Scheduler::State::paused(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing || environments_[e].paused) return;
  Environment& environment = environments_[e];
  if (environment.has_deadline) {
    unlimit_init(e);
    environment.at = TimePoint(environment.at - now_);
    environment.paused = true;
  } else if (environment.invocation != nothing &&
             invocations_[environment.invocation].deadline == Deadline::timeout) {
    Invocation& invocation = invocations_[environment.invocation];
    unlimit(environment.invocation);
    invocation.at = TimePoint(invocation.at - now_);
    environment.paused = true;
  }
}

void Scheduler::State::resumed(const Input& input) {
  const Index e = find(input.environment);
  if (e != nothing) resume(e);
}

void Scheduler::State::resume(Index e) {
  Environment& environment = environments_[e];
  if (!environment.paused) return;
  environment.paused = false;
  if (environment.state == EnvironmentState::initialising && !environment.again) {
    return limit_init(e, now_ + environment.at.time_since_epoch());
  }
  Invocation& invocation = invocations_[environment.invocation];
  invocation.at = now_ + invocation.at.time_since_epoch();
  invocation.deadline = Deadline::timeout;
  TimedChain::insert_sorted(functions_[environment.function].timeouts, invocations_.data(),
                            environment.invocation,
                            [](const Invocation& a, const Invocation& b) { return a.at < b.at; });
  due(environment.function, invocation.at, Due::timeout);
}

}  // namespace smyth::core
