#include "sim/checkers.h"

#include "sim/agenda.h"
#include "sim/at_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace smyth::sim {

void Checkers::require(bool holds, const char* what, std::uint64_t which) {
  if (holds || !violation_.empty()) return;
  violation_ = fmt::format("{} (number {}) at {} ns", what, which, now_.time_since_epoch().count());
}

void Checkers::saw(const Step& step) {
  if (!violation_.empty()) return;
  now_ = step.now;
  before_timers_ = rank_of(step.input.kind) == Rank::completion;
  touched_.clear();
  ended_by_input_ = {};
  saw_input(step);
  for (const core::Action& action : step.actions) saw_action(action);
  if (step.input.kind == core::InputKind::arrive) look_at_queue(invocations_[step.arrived.index]);
  compare_views();
}

void Checkers::saw_input(const Step& step) {
  using enum core::InputKind;
  switch (step.input.kind) {
    case configure:
      return saw_configure(step.input);
    case remove:
      functions_.at(step.input.function.index).removed = true;
      for (Slot slot = 0; slot < functions_[step.input.function.index].slots.size(); ++slot) {
        leave_slot(functions_[step.input.function.index], slot);
      }
      return;
    case arrive:
      return saw_arrival(step);
    case code_changed:
      return saw_code_change(functions_.at(step.input.function.index));
    case shutdown:
      shutdown_ = step.input.deadline;
      return;
    case ready:
    case failed:
    case answered:
    case completed:
    case exited:
    case paused:
    case resumed:
      return saw_process(step.input);
    case chosen: {
      // Until an action says otherwise, it waits at the chosen slot.
      Invocation* invocation = find(step.input.invocation);
      const bool was_chosen_for =
          invocation != nullptr && invocation->state == Invocation::State::choosing;
      if (was_chosen_for) place(*invocation, Invocation::State::waiting);
      return;
    }
    case account:
      has_account_ = step.input.account->concurrency > 0;
      return;
    case abandon:
    case choice_failed:
    case prepared:
    case tick:
      return;
    case prepare_failed:
      return saw_failed_hook(step.input.invocation);
  }
}

void Checkers::saw_configure(const core::Input& input) {
  Function& function = at_index(functions_, input.function.index);
  if (function.id != input.function) function = Function{.id = input.function};
  if (function.removed || shutdown_) return;
  if (input.spec->strategy == core::Strategy::user) function.had_choices = true;
  function.spec = *input.spec;
  function.configured_at = now_;
  for (std::uint32_t slot = input.spec->concurrency; slot < function.slots.size(); ++slot) {
    leave_slot(function, slot);
  }
}

void Checkers::saw_arrival(const Step& step) {
  const Function& function = functions_.at(step.input.function.index);
  Invocation& invocation = at_index(invocations_, step.arrived.index);
  require(invocation.state == Invocation::State::answered, "an id in use is handed out again",
          step.arrived.index);
  invocation = {.id = step.arrived, .function = step.input.function.index};
  invocation.changes = function.changes;
  invocation.event = step.input.detail == static_cast<std::uint8_t>(core::Arrival::event);
  invocation.wait_deadline = wait_deadline(function, invocation);
  ++open_;
  place(invocation, Invocation::State::waiting);
}

TimePoint Checkers::wait_deadline(const Function& function, const Invocation& invocation) const {
  const bool is_limited = !invocation.event && function.spec.queue_wait > Duration{0};
  return is_limited ? now_ + function.spec.queue_wait : TimePoint::max();
}

void Checkers::look_at_queue(const Invocation& arrived) {
  if (arrived.state != Invocation::State::waiting) return;
  const Function& function = functions_[arrived.function];
  const bool throttles = function.spec.overflow == core::Overflow::throttle;
  // For an environment that has answered some wait who would not wait otherwise.
  const std::uint32_t more = function.spec.next_wait > Duration{0} ? function.lingering : 0;
  require(arrived.event || !throttles || function.had_choices || more > 0,
          "waits where there is no queue", arrived.id.index);
  if (arrived.event) {
    require(more > 0 || function.waiting_events <= function.spec.event_queue_limit,
            "too many events wait", function.waiting_events);
  } else {
    require(more > 0 || function.waiting <= function.spec.queue_limit, "too many wait",
            function.waiting);
  }
  require(scheduler_.waiting_count(function.id) == function.waiting + function.waiting_events,
          "the waiting miscounted", function.waiting);
}

void Checkers::saw_code_change(Function& function) {
  if (function.removed || shutdown_) return;
  ++function.changes;
  function.idle = 0;  // What is idle has the code of before.
}

void Checkers::saw_failed_hook(InvocationId id) {
  const Invocation* invocation = find(id);
  if (invocation == nullptr || invocation->environment == nothing) return;
  Environment& environment = environments_[invocation->environment];
  const bool prepares_it =
      environment.state == Environment::State::preparing && environment.invocation == id.index;
  if (prepares_it) turn(environment, Environment::State::idle);
}

void Checkers::saw_process(const core::Input& input) {
  using enum core::InputKind;
  Environment* environment = find(input.environment);
  if (environment == nullptr || environment->state == Environment::State::gone) return;
  using State = Environment::State;
  const State state = environment->state;
  const bool ends_run = input.kind == answered || input.kind == completed;
  if (ends_run && environment->run != input.invocation) return;  // Old news.
  if (ends_run || input.kind == resumed) end_pause(*environment);
  if (input.kind == ready && state == State::initialising) {
    turn(*environment, State::idle);
    free_stale_slots(*environment);
  }
  const bool ends = input.kind == exited || (input.kind == failed && state == State::initialising);
  if (ends) {
    ended_by_input_ = input.environment;
    turn(*environment, State::gone);
  }
  if (input.kind == answered && state == State::busy) turn(*environment, State::lingering);
  if (input.kind == completed && (state == State::busy || state == State::lingering)) {
    turn(*environment, State::idle);
  }
  if (input.kind == paused && !environment->paused && state >= State::busy) {
    environment->paused = true;
    environment->paused_since = now_;
  }
}

// Once the present code runs in a slot, no stale environment is in one any more.
void Checkers::free_stale_slots(const Environment& started) {
  Function& function = functions_[started.function];
  if (!started.attached || started.changes < function.changes) return;
  for (Slot slot = 0; slot < function.slots.size(); ++slot) {
    const std::uint32_t index = function.slots[slot];
    if (index != nothing && environments_[index].changes < function.changes) {
      leave_slot(function, slot);
    }
  }
}

// The deadline of what it runs stood still since the pause began.
void Checkers::end_pause(Environment& environment) {
  if (!environment.paused) return;
  environment.paused = false;
  if (environment.invocation == nothing) return;
  Invocation& invocation = invocations_[environment.invocation];
  if (invocation.deadline != TimePoint::max()) {
    invocation.deadline += now_ - environment.paused_since;
  }
}

void Checkers::saw_action(const core::Action& action) {
  switch (action.kind) {
    case core::ActionKind::choose: {
      Invocation* invocation = find(action.invocation);
      require(invocation != nullptr && invocation->state == Invocation::State::waiting,
              "a choice for an invocation that does not wait", action.invocation.index);
      if (invocation != nullptr) place(*invocation, Invocation::State::choosing);
      return;
    }
    case core::ActionKind::start:
      return saw_start(action);
    case core::ActionKind::prepare:
    case core::ActionKind::deliver:
      return saw_work(action);
    case core::ActionKind::kill:
    case core::ActionKind::stop:
      return saw_end(action);
    case core::ActionKind::answer:
      return saw_answer(action);
  }
}

void Checkers::saw_start(const core::Action& action) {
  Function& function = functions_.at(action.function);
  require(!shutdown_, "an environment starts after the shutdown", action.serial);
  require(!function.removed, "an environment of a removed function starts", action.serial);
  Environment& environment = at_index(environments_, action.environment.index);
  // One that was detached while it initialised goes on beside the slots.
  const bool attached = action.why() != core::Start::init_again || environment.attached;
  require(action.slot < function.spec.concurrency || !attached, "a slot beyond the concurrency",
          action.slot);
  require(environment.state == Environment::State::gone, "an environment in use starts again",
          action.environment.index);
  if (function.slots.size() <= action.slot) function.slots.resize(action.slot + 1, nothing);
  if (attached) {
    const std::uint32_t occupant = function.slots[action.slot];
    require(occupant == nothing || environments_[occupant].changes < function.changes,
            "two environments in one slot", action.slot);
    leave_slot(function, action.slot);
    function.slots[action.slot] = action.environment.index;
  }
  const bool takes_an_idle_place = action.why() == core::Start::cold && !function.had_choices &&
                                   function.spec.strategy == core::Strategy::first_warm;
  require(!takes_an_idle_place || function.idle == 0, "a cold start beside an idle environment",
          action.serial);
  environment = {.id = action.environment, .function = action.function};
  environment.slot = action.slot;
  environment.attached = attached;
  environment.changes = function.changes;
  environment.born = now_;
  turn(environment, Environment::State::initialising);
  if (!action.invocation) return;
  Invocation* invocation = find(action.invocation);
  require(invocation != nullptr, "a start for an unknown invocation", action.invocation.index);
  if (invocation == nullptr) return;
  place(*invocation, Invocation::State::placed);
  environment.invocation = action.invocation.index;
}

void Checkers::saw_work(const core::Action& action) {
  Environment* environment = find(action.environment);
  Invocation* invocation = find(action.invocation);
  require(environment != nullptr && invocation != nullptr, "work for something unknown",
          action.invocation.index);
  if (environment == nullptr || invocation == nullptr) return;
  const Function& function = functions_[environment->function];
  using State = Environment::State;
  const bool prepared_for_it =
      environment->state == State::preparing && environment->invocation == action.invocation.index;
  require(environment->state == State::idle || prepared_for_it,
          "work for an environment that is not idle", action.environment.index);
  require(invocation->function == environment->function, "work of another function",
          action.invocation.index);
  require(
      environment->changes >= invocation->changes || function.failed_code >= invocation->changes,
      "served by code from before its arrival", action.invocation.index);
  const bool may_expire = function.spec.idle_max > Duration{0} && function.spec.provisioned == 0 &&
                          environment->idle_since >= function.configured_at;
  if (environment->state == State::idle && may_expire) {
    const Duration idle = now_ - environment->idle_since;
    require(idle < function.spec.idle_max || (before_timers_ && idle == function.spec.idle_max),
            "served by an expired environment", action.environment.index);
  }
  environment->invocation = action.invocation.index;
  if (action.kind == core::ActionKind::prepare) {
    place(*invocation, Invocation::State::placed);
    turn(*environment, State::preparing);
    invocation->environment = action.environment.index;
    return;
  }
  place(*invocation, Invocation::State::delivered);
  environment->run = action.invocation;
  turn(*environment, State::busy);
  invocation->deadline = action.deadline;
  require(action.deadline >= now_, "a deadline in the past", action.invocation.index);
  require(action.deadline != TimePoint::max() || function.spec.timeout == Duration{0},
          "no deadline in spite of a timeout", action.invocation.index);
}

void Checkers::saw_end(const core::Action& action) {
  // A deadline from before this moment fires before the news of its end is heard.
  if (action.environment == ended_by_input_) return;
  Environment* environment = find(action.environment);
  require(environment != nullptr && environment->state != Environment::State::gone,
          "an environment ends twice", action.environment.index);
  if (environment == nullptr) return;
  require(action.kind == core::ActionKind::kill || environment->state == Environment::State::idle,
          "an environment is stopped that is not idle", action.environment.index);
  turn(*environment, Environment::State::gone);
}

void Checkers::saw_answer(const core::Action& action) {
  Invocation* invocation = find(action.invocation);
  require(invocation != nullptr && invocation->state != Invocation::State::answered,
          "an invocation is answered twice", action.invocation.index);
  if (invocation == nullptr) return;
  saw_verdict(*invocation, action);
  place(*invocation, Invocation::State::answered);
  --open_;
  ++answers_;
}

void Checkers::saw_verdict(const Invocation& invocation, const core::Action& action) {
  using enum core::Verdict;
  using State = Invocation::State;
  const Function& function = functions_[invocation.function];
  switch (action.verdict()) {
    case success:
    case function_error:
      require(invocation.state == State::delivered, "a result of what never ran",
              invocation.id.index);
      require(now_ <= invocation.deadline, "a result after the deadline", invocation.id.index);
      return;
    case timeout:
      // An init under the function's timeout ends like this too: there is no delivery then.
      require(invocation.state >= State::placed || invocation.unbound_at == now_,
              "a timeout of what waits", invocation.id.index);
      require(invocation.state != State::delivered || now_ >= invocation.deadline,
              "a timeout before the deadline", invocation.id.index);
      return;
    case crash:
      require(invocation.state == State::delivered || invocation.state == State::placed,
              "a crash of what waits", invocation.id.index);
      return;
    case throttled: {
      require(invocation.state <= State::choosing, "a throttle of what runs", invocation.id.index);
      const core::Reason reason = action.reason;
      require(reason != core::Reason::none, "a throttle without a reason", invocation.id.index);
      require(reason <= core::Reason::queue_wait || !invocation.event, "an event is refused",
              invocation.id.index);
      require(reason <= core::Reason::queue_wait || has_account_ ||
                  function.spec.reserved != core::unreserved,
              "a limit that nobody set", invocation.id.index);
      require(reason != core::Reason::slots || function.spec.overflow == core::Overflow::throttle,
              "a throttle where there is a queue", invocation.id.index);
      require(reason != core::Reason::queue_wait || now_ >= invocation.wait_deadline ||
                  invocation.wait_deadline == TimePoint::max(),  // It got one by a `configure`.
              "waited too short", invocation.id.index);
      const std::uint32_t limit =
          invocation.event ? function.spec.event_queue_limit : function.spec.queue_limit;
      const std::uint32_t waiting = invocation.event ? function.waiting_events : function.waiting;
      require(reason != core::Reason::queue_full || waiting > limit, "throttled below the limit",
              invocation.id.index);
      return;
    }
    case init_error:
    case init_crash:
    case spawn_failed:
    case hook_failed:
    case abandoned:
    case core::Verdict::shutdown:
      require(invocation.state != State::delivered || action.verdict() == core::Verdict::shutdown,
              "a verdict about the time before the delivery", invocation.id.index);
      return;
  }
}

void Checkers::compare_views() {
  require(scheduler_.environment_count() == alive_, "environments miscounted", alive_);
  for (std::uint32_t index : touched_) {
    const Environment& environment = environments_[index];
    const Function& function = functions_[environment.function];
    const bool has_limits = has_account_ || function.spec.reserved != core::unreserved;
    require(function.idle == 0 || function.waiting + function.waiting_events == 0 ||
                function.had_choices || has_limits,
            "some wait beside an idle environment", function.waiting);
    if (!environment.attached || environment.state == Environment::State::gone) continue;
    using View = core::SlotView::State;
    using State = Environment::State;
    const core::SlotView view = scheduler_.slot(function.id, environment.slot);
    require(view.environment == environment.id, "a slot shows another environment",
            environment.slot);
    const bool same =
        (environment.state == State::initialising && view.state == View::initialising) ||
        (environment.state == State::idle && view.state == View::idle) ||
        (environment.state == State::preparing && view.state == View::preparing) ||
        (environment.state == State::busy && view.state == View::busy) ||
        (environment.state == State::lingering && view.state == View::busy);
    require(same, "a slot shows another state", environment.slot);
  }
  if (shutdown_ && (now_ > *shutdown_ || (now_ == *shutdown_ && !before_timers_))) {
    require(alive_ == 0 && open_ == 0, "something is left after the shutdown", alive_ + open_);
  }
}

void Checkers::finish() {
  require(open_ == 0, "invocations without an answer", open_);
  for (const Environment& environment : environments_) {
    // Those that are provisioned come and go by themselves.
    const bool works = environment.state > Environment::State::idle ||
                       (environment.state == Environment::State::initialising &&
                        environment.invocation != nothing);
    require(!works, "an environment at work at the end", environment.id.index);
  }
  for (const Function& function : functions_) {
    require(function.removed || scheduler_.waiting_count(function.id) == 0, "some wait at the end",
            function.id.index);
  }
  if (!shutdown_) return;
  require(scheduler_.environment_count() == 0, "environments after the shutdown", alive_);
}

// --- Bookkeeping ---

bool Checkers::counts_as_idle(const Environment& environment) const {
  return environment.state == Environment::State::idle && environment.attached &&
         environment.changes == functions_[environment.function].changes;
}

void Checkers::turn(Environment& environment, Environment::State state) {
  Function& function = functions_[environment.function];
  const bool start_failed =
      environment.state == Environment::State::initialising && state == Environment::State::gone;
  if (start_failed) function.failed_code = std::max(function.failed_code, environment.changes);
  if (start_failed && environment.invocation != nothing) {
    // Unless an action says otherwise, it is back in the line, with a new limit of waiting.
    Invocation& invocation = invocations_[environment.invocation];
    place(invocation, Invocation::State::waiting);
    invocation.unbound_at = now_;
    invocation.wait_deadline = wait_deadline(function, invocation);
  }
  if (counts_as_idle(environment)) --function.idle;
  if (environment.state == Environment::State::gone) ++alive_;
  if (environment.state == Environment::State::lingering) --function.lingering;
  environment.state = state;
  if (state == Environment::State::lingering) ++function.lingering;
  if (state == Environment::State::gone) {
    --alive_;
    if (environment.attached) function.slots[environment.slot] = nothing;
  }
  if (state == Environment::State::idle) environment.idle_since = now_;
  if (state == Environment::State::idle || state == Environment::State::gone) {
    environment.invocation = nothing;
    environment.paused = false;
  }
  if (counts_as_idle(environment)) ++function.idle;
  touched_.push_back(environment.id.index);
}

void Checkers::leave_slot(Function& function, Slot slot) {
  const std::uint32_t index = function.slots[slot];
  if (index == nothing) return;
  if (counts_as_idle(environments_[index])) --function.idle;
  environments_[index].attached = false;
  function.slots[slot] = nothing;
}

void Checkers::place(Invocation& invocation, Invocation::State state) {
  Function& function = functions_[invocation.function];
  std::uint32_t& waiting = invocation.event ? function.waiting_events : function.waiting;
  if (invocation.state == Invocation::State::waiting) --waiting;
  if (invocation.state <= Invocation::State::choosing) {
    require(now_ <= invocation.wait_deadline || state == Invocation::State::answered,
            "placed after it should have given up", invocation.id.index);
  }
  require(state != Invocation::State::delivered || invocation.state != state, "delivered twice",
          invocation.id.index);
  invocation.state = state;
  if (state == Invocation::State::waiting) ++waiting;
}

Checkers::Environment* Checkers::find(EnvironmentId id) {
  if (id.index >= environments_.size() || environments_[id.index].id != id) return nullptr;
  return &environments_[id.index];
}

Checkers::Invocation* Checkers::find(InvocationId id) {
  if (id.index >= invocations_.size() || invocations_[id.index].id != id) return nullptr;
  return &invocations_[id.index];
}

}  // namespace smyth::sim
