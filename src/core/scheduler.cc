#include "core/scheduler.h"

#include "core/state.h"

#include <utility>

namespace smyth::core {

Scheduler::Scheduler() : state_(std::make_unique<State>()) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;

FunctionId Scheduler::next_function() const { return state_->next_function(); }
InvocationId Scheduler::next_invocation() const { return state_->next_invocation(); }
SlotView Scheduler::slot(FunctionId function, Slot slot) const {
  return state_->slot(function, slot);
}
std::uint32_t Scheduler::slot_count(FunctionId function) const {
  return state_->slot_count(function);
}
std::uint32_t Scheduler::waiting_count(FunctionId function) const {
  return state_->waiting_count(function);
}
std::uint32_t Scheduler::environment_count() const { return state_->environment_count(); }
std::uint64_t Scheduler::decision_hash() const { return state_->decision_hash(); }

namespace {

// What environments and hooks report comes before the deadlines of the same moment, all else after.
bool is_report(InputKind kind) {
  using enum InputKind;
  constexpr auto bit = [](InputKind of) { return 1u << static_cast<unsigned>(of); };
  constexpr unsigned reports = bit(chosen) | bit(choice_failed) | bit(ready) | bit(failed) |
                               bit(prepared) | bit(prepare_failed) | bit(answered) |
                               bit(completed) | bit(exited) | bit(paused) | bit(resumed);
  return (reports >> static_cast<unsigned>(kind) & 1) != 0;
}

}  // namespace

std::span<const Action> Scheduler::State::handle(const Input& input, TimePoint now) {
  SMYTH_CHECK(now >= now_);
  now_ = now;
  decisions_.clear();
  const DueKey limit = due_key(is_report(input.kind) ? now : now + Duration(1), Due{});
  if (due_ < limit) [[unlikely]] {
    // What fires may free ids: the arrival keeps the one that next_invocation() said.
    const bool arrives = input.kind == InputKind::arrive;
    const Index kept = arrives ? invocations_.take() : nothing;
    fire(limit);
    if (arrives) invocations_.put(kept);
  }
  perform(input);
  return decisions_.all();
}

void Scheduler::State::perform(const Input& input) {
  switch (input.kind) {
    case InputKind::configure:
      return configure(input);
    case InputKind::remove:
      return remove(input);
    case InputKind::account:
      return limit_account(input);
    case InputKind::arrive:
      return arrive(input);
    case InputKind::abandon:
      return abandon(input);
    case InputKind::chosen:
      return chosen(input);
    case InputKind::choice_failed:
      return choice_failed(input);
    case InputKind::ready:
      return ready(input);
    case InputKind::failed:
      return failed(input);
    case InputKind::prepared:
      return prepared(input);
    case InputKind::prepare_failed:
      return prepare_failed(input);
    case InputKind::answered:
      return answered(input);
    case InputKind::completed:
      return completed(input);
    case InputKind::exited:
      return exited(input);
    case InputKind::paused:
      return paused(input);
    case InputKind::resumed:
      return resumed(input);
    case InputKind::code_changed:
      return code_changed(input);
    case InputKind::shutdown:
      return shutdown(input);
    case InputKind::tick:
      return;
  }
}

void Scheduler::State::arrive(const Input& input) {
  const Index i = invocations_.take();
  const Index f = input.function.index;
  Invocation& invocation = invocations_[i];
  invocation.state = InvocationState::arriving;
  invocation.is_event = static_cast<Arrival>(input.detail) == Arrival::event;
  invocation.function = f;
  invocation.order = ++orders_;
  if (!is_known(input.function) || functions_[f].closed) [[unlikely]] {
    Action refused;  // In no function's hash: there may be none.
    const Verdict why = is_closing_ ? Verdict::shutdown : Verdict::abandoned;
    refused.detail = static_cast<std::uint8_t>(why);
    refused.invocation = id_of_invocation(i);
    decisions_.add(refused);
    return release(i);
  }
  const Function& function = functions_[f];
  invocation.code = function.code;
  if (function.quick_give && !function.idle.empty()) {
    // Within the limits, with nobody held back by them: all else is find_place()'s.
    const bool goes =
        !function.limited || (function.quick_return && !invocation.is_event &&
                              over_concurrency(f) == Reason::none && rate_of(f).take(now_));
    if (goes) return give(function.idle.tail, i);
  }
  find_place(i);
  settle(f);
}

// An idle or new environment gets an invocation.
void Scheduler::State::give(Index e, Index i) {
  Environment& environment = environments_[e];
  Invocation& invocation = invocations_[i];
  const Index f = environment.function;
  if (invocation.state !=
      InvocationState::bound) {  // Who is bound was given the slot at the start.
    if (invocation.state != InvocationState::arriving) leave_line(i);
    unlimit(i);
    note_given(f, environment.slot);
    count_in(f);
    invocation.environment = e;
    environment.invocation = i;
  }
  if (environment.state == EnvironmentState::idle) leave_idle(e);
  if (!functions_[f].prepares) return deliver(e, i);
  environment.move(EnvironmentState::preparing);
  invocation.state = InvocationState::preparing;
  Action action;
  action.kind = ActionKind::prepare;
  action.invocation = id_of_invocation(i);
  action.environment = id_of_environment(e);
  action.slot = environment.slot;
  decide(f, action);
}

void Scheduler::State::deliver(Index e, Index i) {
  Environment& environment = environments_[e];
  Invocation& invocation = invocations_[i];
  environment.move(EnvironmentState::busy);
  invocation.state = InvocationState::running;
  limit_run(i);
  Action action;
  action.kind = ActionKind::deliver;
  action.invocation = id_of_invocation(i);
  action.environment = id_of_environment(e);
  action.deadline = invocation.deadline == Deadline::timeout ? invocation.at : TimePoint::max();
  decide(environment.function, action);
}

void Scheduler::State::note_given(Index f, Slot slot) {
  SlotRecord& given = slot_at(f, slot);
  ++given.given;
  given.last_used = now_;
  given.order = ++orders_;
}

// The invocation's timeout starts, unless it runs already: since a second init.
void Scheduler::State::limit_run(Index i) {
  Invocation& invocation = invocations_[i];
  Function& function = functions_[invocation.function];
  if (invocation.deadline == Deadline::timeout || function.timeout <= Duration{0}) return;
  invocation.deadline = Deadline::timeout;
  invocation.at = now_ + function.timeout;
  TimedChain::insert_sorted(function.timeouts, invocations_.data(), i,
                            [](const Invocation& a, const Invocation& b) { return a.at < b.at; });
  due(invocation.function, invocation.at, Due::timeout);
}

void Scheduler::State::completed(const Input& input) {
  const Index e = find(input.environment);
  if (e == nothing) return;
  Environment& environment = environments_[e];
  const Index i = environment.invocation;
  if (i == nothing || id_of_invocation(i) != input.invocation) return;
  if (environment.state == EnvironmentState::busy) {
    const auto outcome = static_cast<Outcome>(input.detail);
    answer(i, outcome == Outcome::success ? Verdict::success : Verdict::function_error);
  } else if (environment.state == EnvironmentState::answered) {
    IdleChain::remove(pools_[environment.function].answered, environments_.data(), e);
    environment.move(EnvironmentState::busy);
  } else {
    return;
  }
  release(i);
  if (environment.place == Place::slot) count_out(environment.function);
  environment.invocation = nothing;
  environment.paused = false;
  const bool is_plain = environment.place == Place::slot && !environment.expired;
  if (is_plain && functions_[environment.function].quick_return) return become_idle(e);
  become_free(e);
  settle(environment.function);
}

// In its slot and allowed to serve, or else among the stale ones.
void Scheduler::State::become_idle(Index e) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  Function& function = functions_[f];
  if (environment.state != EnvironmentState::idle) environment.move(EnvironmentState::idle);
  environment.at = now_;
  environment.aside = environment.place != Place::slot || environment.code < function.serves_from;
  List& list = environment.aside ? pools_[f].stale : function.idle;
  IdleChain::push_back(list, environments_.data(), e);
  if (function.idle_max > Duration{0}) due(f, now_ + function.idle_max, Due::idle);
  const bool takes_turns = function.strategy == Strategy::round_robin;
  if (takes_turns && environment.place == Place::slot) mark_unused(f, environment.slot);
}

void Scheduler::State::leave_idle(Index e) {
  Environment& environment = environments_[e];
  const Index f = environment.function;
  Function& function = functions_[f];
  List& list = environment.aside ? pools_[f].stale : function.idle;
  IdleChain::remove(list, environments_.data(), e);
  const bool takes_turns = function.strategy == Strategy::round_robin;
  if (takes_turns && environment.place == Place::slot) mark_used(f, environment.slot);
}

std::span<const Action> Scheduler::handle(const Input& input, TimePoint now) {
  const std::span<const Action> decided = state_->handle(input, now);
  deadline_ = state_->next_deadline();
  return decided;
}

}  // namespace smyth::core
