#include "sim/call_driver.h"

#include "base/check.h"
#include "sim/at_index.h"

#include <algorithm>
#include <bit>

namespace smyth::sim {
namespace {

// Streams of random numbers: one for each function and purpose, so that the traffic stays the same
// when something else changes.
enum class Purpose : std::uint64_t { durations, inits, errors, count };

Prng stream_of(std::uint64_t seed, std::uint64_t function, Purpose purpose) {
  constexpr auto purposes = static_cast<std::uint64_t>(Purpose::count);
  return Prng(seed, 0x10000 + function * purposes + static_cast<std::uint64_t>(purpose));
}

constexpr std::uint32_t first_slots = 64;
constexpr std::uint32_t most_slots = 1u << 24;

std::uint64_t nanoseconds(Duration length) { return static_cast<std::uint64_t>(length.count()); }

}  // namespace

void CallDriver::add_function(const CallFunction& function) {
  const std::uint64_t number = models_.size();
  models_.push_back({.function = function,
                     .id = scheduler_.next_function(),
                     .durations = stream_of(seed_, number, Purpose::durations),
                     .inits = stream_of(seed_, number, Purpose::inits),
                     .errors = stream_of(seed_, number, Purpose::errors)});
  Model& model = models_.back();
  if (function.without_slot_limit) {
    // Taking turns means to use every slot that there is: there are no more than are needed.
    const bool takes_turns = function.spec.strategy == core::Strategy::round_robin;
    model.function.spec.concurrency = std::clamp(std::bit_ceil(function.spec.provisioned),
                                                 takes_turns ? 1 : first_slots, most_slots);
  }
  if (function.attempts > 1) {
    callers().set_attempts(static_cast<std::uint32_t>(number), function.attempts);
  }
  tally_.add_function();
  handle(core::Input::configure(model.id, model.function.spec), now_);
}

void CallDriver::provision(std::uint32_t function, std::uint32_t count) {
  Model& model = models_[function];
  model.function.spec.provisioned = count;
  grow(function, count);
}

void CallDriver::add_clients(const Clients& clients) { callers().add(clients, now_); }

Callers& CallDriver::callers() {
  if (!callers_) callers_ = std::make_unique<Callers>(seed_);
  return *callers_;
}

void CallDriver::play(std::span<const traffic::Call> calls) {
  draw(calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    run_before(calls[i].at);
    arrive(calls[i], drawn_[i]);
  }
}

// Ahead of the calls: one after the other, random numbers cost half as much.
void CallDriver::draw(std::span<const traffic::Call> calls) {
  drawn_.resize(calls.size());
  const auto is_unsaid = [](const traffic::Call& call) { return call.duration < Duration{0}; };
  if (models_.size() == 1 && std::ranges::all_of(calls, is_unsaid)) {
    models_[0].function.duration.draw(models_[0].durations, drawn_);
    return;
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Model& model = models_[calls[i].function];
    drawn_[i] =
        is_unsaid(calls[i]) ? model.function.duration.draw(model.durations) : calls[i].duration;
  }
}

void CallDriver::arrive(const traffic::Call& call, Duration duration) {
  Model& model = models_[call.function];
  const bool takes_turns = model.function.spec.strategy == core::Strategy::round_robin;
  const std::uint32_t used =
      takes_turns ? tally_.function(call.function).environments.busy() : model.started;
  if (used >= model.function.spec.concurrency && model.function.without_slot_limit) [[unlikely]] {
    grow(call.function, used + 1);
  }
  const std::uint32_t index = scheduler_.next_invocation().index;
  if (callers_) [[unlikely]] {
    callers_->begin(index, call.at);
  }
  at_index(invocations_, index) = {.arrived = call.at,
                                   .begun = {},
                                   .delivered = {},
                                   .duration = duration,
                                   .init = call.init,
                                   .cold_duration = call.cold_duration,
                                   .number = ++arrived_,
                                   .function = call.function,
                                   .cold = false};
  if (observer_ != nullptr) [[unlikely]] {
    observer_->arrived(arrived_, call.function, call.at);
  }
  handle(core::Input::arrive(model.id), call.at);
  tally_.count_arrival(call.function, call.at);
}

void CallDriver::run_until(TimePoint end) {
  run_before(end);
  now_ = end;
}

void CallDriver::run_until_idle() {
  for (;;) {
    const TimePoint back = callers_ ? callers_->first_at() : TimePoint::max();
    const TimePoint next = std::min(completions_.first_at(), back);
    if (next == TimePoint::max()) return;
    run_before(next);
  }
}

void CallDriver::submit(const core::Input& input, TimePoint at) {
  run_before(at);
  handle(input, at);
}

// A lower bound may lie in the past; time does not.
TimePoint CallDriver::deadline() const {
  const std::optional<TimePoint> due = scheduler_.next_deadline();
  return due ? std::max(*due, now_) : TimePoint::max();
}

// Completions and deadlines of the moment itself come before what arrives in it.
void CallDriver::run_before(TimePoint at) {
  SMYTH_CHECK(at >= now_);
  if (callers_) [[unlikely]] {
    return run_with_callers(at);
  }
  for (;;) {
    const TimePoint due = deadline();
    const TimePoint done = completions_.first_at();
    if (done <= at && done <= due) {
      complete(completions_.take());
    } else if (due <= at) {
      handle(core::Input::tick(), due);
    } else {
      return;
    }
  }
}

// The same, with the calls that come back until then and what comes of them: they, too, come after
// the completions and deadlines of their moment, and before the traffic's own.
void CallDriver::run_with_callers(TimePoint at) {
  for (;;) {
    const TimePoint due = deadline();
    const TimePoint done = completions_.first_at();
    const TimePoint back = callers_->first_at();
    if (done <= at && done <= due && done <= back) {
      complete(completions_.take());
    } else if (due <= at && due <= back) {
      handle(core::Input::tick(), due);
    } else if (back <= at) {
      const traffic::Call call = callers_->take();
      Model& model = models_[call.function];
      const bool is_said = call.duration >= Duration{0};
      arrive(call, is_said ? call.duration : model.function.duration.draw(model.durations));
    } else {
      return;
    }
  }
}

void CallDriver::complete(const Completions::Entry& entry) {
  Environment& environment = environments_[entry.environment()];
  if (environment.expected != entry.number()) return;
  environment.expected = 0;
  if (environment.initialising) {
    environment.initialising = false;
    if (!environment.invocation) set_busy(environment, false);
    if (observer_ != nullptr) [[unlikely]] {
      EnvironmentRecord record = record_of(environment, 0);
      record.at = entry.at();  // Not now yet: the scheduler has not heard of it.
      observer_->ready(record);
    }
    return handle(core::Input::ready(environment.id), entry.at());
  }
  const std::uint32_t function = invocations_[environment.invocation.index].function;
  Model& model = models_[function];
  const bool fails = model.function.errors > 0 && model.errors.happens(model.function.errors);
  const auto outcome = fails ? core::Outcome::function_error : core::Outcome::success;
  handle(core::Input::completed(environment.id, environment.invocation, outcome), entry.at());
}

void CallDriver::handle(const core::Input& input, TimePoint at) {
  now_ = at;
  for (const core::Action& action : scheduler_.handle(input, at)) perform(action);
  if (!choices_.empty()) [[unlikely]] {
    hand_in_choices();
  }
}

void CallDriver::perform(const core::Action& action) {
  switch (action.kind) {
    case core::ActionKind::start:
      return start(action);
    case core::ActionKind::deliver:
      return deliver(action);
    case core::ActionKind::answer:
      return answer(action);
    case core::ActionKind::kill:
    case core::ActionKind::stop:
      return end(action);
    case core::ActionKind::choose:
      return choose(action);
    case core::ActionKind::prepare:
      SMYTH_CHECK(false);  // The functions have no hooks of the user's.
  }
}

void CallDriver::choose(const core::Action& action) {
  SMYTH_CHECK(chooser_ != nullptr);
  const FunctionId id = models_[action.function].id;
  std::vector<core::SlotView> slots(scheduler_.slot_count(id));
  for (Slot slot = 0; slot < slots.size(); ++slot) slots[slot] = scheduler_.slot(id, slot);
  const std::optional<Slot> chosen = chooser_->choose(action.function, slots);
  choices_.push_back(chosen ? core::Input::chosen(action.invocation, *chosen)
                            : core::Input::choice_failed(action.invocation));
}

// What follows from a choice may be another one, and comes after what is decided already.
void CallDriver::hand_in_choices() {
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const core::Input choice = choices_[i];
    for (const core::Action& action : scheduler_.handle(choice, now_)) perform(action);
  }
  choices_.clear();
}

void CallDriver::start(const core::Action& action) {
  Environment& environment = at_index(environments_, action.environment.index);
  environment = {.id = action.environment,
                 .invocation = action.invocation,
                 .function = action.function,
                 .serial = action.serial,
                 .slot = action.slot,
                 .initialising = true};
  Model& model = models_[action.function];
  tally_.change_alive(action.function, 1, now_);
  ++tally_.function(action.function).started;
  ++model.started;
  set_busy(environment, true);
  if (observer_ != nullptr) [[unlikely]] {
    const bool is_for_call = static_cast<bool>(action.invocation);
    observer_->started(
        record_of(environment, is_for_call ? invocations_[action.invocation.index].number : 0));
  }
  Duration init = traffic::unsaid;
  if (action.invocation) {
    Invocation& invocation = invocations_[action.invocation.index];
    if (!invocation.cold) begin(invocation, Begin::cold);
    const std::optional<Law>& whole = model.function.cold_duration;
    if (whole && invocation.cold_duration < Duration{0} && invocation.init < Duration{0}) {
      invocation.cold_duration = whole->draw(model.inits);
    }
    init = invocation.init;
    // The whole of it is said: it is all run, so that limits of the init do not meet it.
    if (invocation.cold_duration >= Duration{0}) init = Duration{0};
  }
  if (init < Duration{0}) init = model.function.init.draw(model.inits);
  expect(environment, action.environment.index, init);
}

void CallDriver::deliver(const core::Action& action) {
  Environment& environment = environments_[action.environment.index];
  Invocation& invocation = invocations_[action.invocation.index];
  environment.invocation = action.invocation;
  invocation.delivered = now_;
  if (!invocation.cold) begin(invocation, Begin::warm);
  if (!environment.busy) set_busy(environment, true);
  if (observer_ != nullptr) [[unlikely]] {
    observer_->delivered(record_of(environment, invocation.number));
  }
  const bool is_whole = invocation.cold && invocation.cold_duration >= Duration{0};
  expect(environment, action.environment.index,
         is_whole ? invocation.cold_duration : invocation.duration);
}

void CallDriver::begin(Invocation& invocation, Begin how) {
  Sums& sums = tally_.function(invocation.function).sums;
  invocation.begun = now_;
  invocation.cold = how == Begin::cold;
  ++sums.served;
  sums.cold += invocation.cold ? 1 : 0;
  if (now_ == invocation.arrived) return;
  ++sums.waited;
  sums.wait += nanoseconds(now_ - invocation.arrived);
}

void CallDriver::answer(const core::Action& action) {
  const Invocation& invocation = invocations_[action.invocation.index];
  FunctionTally& tally = tally_.function(invocation.function);
  const core::Verdict verdict = action.verdict();
  Sums& sums = tally.sums;
  std::uint32_t serial = 0;
  Slot slot = no_slot;
  if (action.environment) {
    Environment& environment = environments_[action.environment.index];
    serial = environment.serial;
    slot = environment.slot;
    environment.invocation = {};
    if (environment.busy) set_busy(environment, false);
    const TimePoint delivered = std::max(invocation.delivered, invocation.begun);
    const Duration init = delivered - invocation.begun;
    const Duration run = now_ - delivered;
    ++sums.answered;
    sums.errors += verdict == core::Verdict::function_error ? 1 : 0;
    sums.timeouts += verdict == core::Verdict::timeout ? 1 : 0;
    sums.billed_ms += (nanoseconds(now_ - invocation.begun) + 999'999) / 1'000'000;
    sums.run += nanoseconds(run);
    sums.init += nanoseconds(init);
    const TimePoint first =
        callers_ ? callers_->first_of(action.invocation.index) : invocation.arrived;
    (invocation.cold ? tally.cold : tally.warm).add(now_ - first);
  } else if (verdict == core::Verdict::throttled) {
    ++sums.throttled;
    ++tally.throttled[static_cast<std::size_t>(action.reason)];
  }
  if (callers_) [[unlikely]] {
    const traffic::Call call{.function = invocation.function,
                             .duration = invocation.duration,
                             .init = invocation.init,
                             .cold_duration = invocation.cold_duration};
    const bool is_throttled = verdict == core::Verdict::throttled;
    const auto kind = is_throttled ? Callers::Answer::throttled : Callers::Answer::other;
    sums.retries += callers_->end(action.invocation.index, call, kind, now_) ? 1 : 0;
  }
  if (observer_ == nullptr) [[likely]] {
    return;
  }
  observer_->answered(
      {.arrived = invocation.arrived,
       .begun = serial == 0 ? now_ : invocation.begun,
       .delivered = serial == 0 ? now_ : std::max(invocation.delivered, invocation.begun),
       .answered = now_,
       .number = invocation.number,
       .function = invocation.function,
       .environment = serial,
       .place = action.environment.index,
       .slot = slot,
       .verdict = verdict,
       .reason = action.reason,
       .cold = invocation.cold});
}

void CallDriver::end(const core::Action& action) {
  Environment& environment = environments_[action.environment.index];
  if (environment.id != action.environment) return;
  environment.expected = 0;
  if (environment.busy) set_busy(environment, false);
  tally_.change_alive(environment.function, -1, now_);
  --models_[environment.function].started;
  if (observer_ != nullptr) [[unlikely]] {
    observer_->ended(record_of(environment, 0));
  }
}

EnvironmentRecord CallDriver::record_of(const Environment& environment, std::uint64_t call) const {
  return {.at = now_,
          .call = call,
          .function = environment.function,
          .environment = environment.serial,
          .place = environment.id.index,
          .slot = environment.slot};
}

void CallDriver::expect(Environment& environment, std::uint32_t index, Duration length) {
  environment.expected = completions_.add(now_ + length, index);
}

void CallDriver::set_busy(Environment& environment, bool busy) {
  environment.busy = busy;
  tally_.change_busy(environment.function, busy ? 1 : -1, now_);
}

// The scheduler's records follow the need: a slot for every environment of a whole account would
// cost more than the run.
void CallDriver::grow(std::uint32_t function, std::uint32_t least) {
  Model& model = models_[function];
  std::uint32_t& slots = model.function.spec.concurrency;
  while (model.function.without_slot_limit && slots < std::min(least, most_slots)) {
    slots = std::min(most_slots, slots * 2);
  }
  handle(core::Input::configure(model.id, model.function.spec), now_);
}

}  // namespace smyth::sim
