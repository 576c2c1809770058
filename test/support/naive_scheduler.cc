#include "test/support/naive_scheduler.h"

#include "base/check.h"
#include "base/prng.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace smyth::test {
namespace {

bool is_report(core::InputKind kind) {
  using enum core::InputKind;
  switch (kind) {
    case ready:
    case failed:
    case prepared:
    case prepare_failed:
    case chosen:
    case choice_failed:
    case answered:
    case completed:
    case exited:
    case paused:
    case resumed:
      return true;
    case configure:
    case remove:
    case account:
    case arrive:
    case abandon:
    case code_changed:
    case shutdown:
    case tick:
      return false;
  }
  return false;
}

core::Verdict verdict_of(core::Outcome outcome) {
  return outcome == core::Outcome::success ? core::Verdict::success : core::Verdict::function_error;
}

}  // namespace

std::span<const core::Action> NaiveScheduler::handle(const core::Input& input, TimePoint now) {
  actions_.clear();
  now_ = now;
  for (;;) {
    const std::optional<Due> due = first_due();
    if (!due || due->at > now || (due->at == now && is_report(input.kind))) break;
    fire(*due);
  }
  take(input);
  return actions_;
}

void NaiveScheduler::take(const core::Input& input) {
  using enum core::InputKind;
  switch (input.kind) {
    case configure:
      return this->configure(input);
    case remove:
      return this->remove(input.function);
    case account:
      return limit_account(*input.account);
    case arrive:
      this->arrive(input);
      // What it took somebody may have waited for, and others may have made room since.
      if (Function* function = find(input.function)) serve(*function);
      return;
    case abandon:
      return this->abandon(input.invocation);
    case chosen:
      return this->chosen(input.invocation, input.slot);
    case choice_failed:
      return this->choice_failed(input.invocation);
    case prepared:
      return this->prepared(input.invocation, true);
    case prepare_failed:
      return this->prepared(input.invocation, false);
    case code_changed:
      return this->code_changed(input.function);
    case shutdown:
      return shut_down(input.deadline);
    case tick:
      return;
    case ready:
    case failed:
    case answered:
    case completed:
    case exited:
    case paused:
    case resumed:
      return report(input);
  }
}

// What an environment says. It is ignored if the environment is no more or is doing something else.
void NaiveScheduler::report(const core::Input& input) {
  using Kind = core::InputKind;
  using State = Environment::State;
  Environment* environment = find(input.environment);
  if (environment == nullptr) return;
  const auto outcome = static_cast<core::Outcome>(input.detail);
  const bool initialises = environment->state == State::initialising;
  const bool runs_it = environment->state == State::busy &&
                       environment->invocation == std::optional<Key>(input.invocation.index);
  if (input.kind == Kind::ready && initialises) ready(*environment);
  if (input.kind == Kind::failed && initialises) {
    failed(*environment, static_cast<core::InitFailure>(input.detail));
  }
  if (input.kind == Kind::answered && runs_it && !environment->answered)
    answered(*environment, outcome);
  if (input.kind == Kind::completed && runs_it) completed(*environment, outcome);
  if (input.kind == Kind::exited) exited(*environment);
  if (input.kind == Kind::paused) pause(*environment);
  if (input.kind == Kind::resumed) resume(*environment);
}

// --- Deadlines ---

// When it was idle for too long itself, or the whole function.
std::optional<TimePoint> NaiveScheduler::idle_deadline(const Environment& environment) const {
  const Function& function = functions_[environment.function];
  const core::FunctionSpec& spec = function.spec;
  if (environment.state != Environment::State::idle) return std::nullopt;
  if (held(function) <= spec.provisioned && spec.provisioned > 0) return std::nullopt;
  TimePoint at = TimePoint::max();
  if (spec.idle_max > Duration{0}) at = environment.idle_since + spec.idle_max;
  if (spec.function_idle_max > Duration{0} && in_use(function) == 0) {
    at = std::min(at, function.worked + spec.function_idle_max);
  }
  return at == TimePoint::max() ? std::nullopt : std::optional(at);
}

// Of the idle ones that expire at one moment the one used longest ago is the first, and of those
// the ones that serve.
std::uint64_t NaiveScheduler::idle_rank(const Environment& environment) const {
  const auto place = [&](const Environment& of) {
    return std::tuple(of.idle_since, serves(of) ? 0 : 1, of.idle_age);
  };
  std::uint64_t before = 0;
  for (const auto& [key, other] : environments_) {
    const bool is_idle =
        other.function == environment.function && other.state == Environment::State::idle;
    if (is_idle && place(other) < place(environment)) ++before;
  }
  return before;
}

std::vector<NaiveScheduler::Due> NaiveScheduler::all_due() const {
  std::vector<Due> all;
  for (const auto& [key, environment] : environments_) {
    const Function& function = functions_[environment.function];
    const core::FunctionSpec& spec = function.spec;
    const bool idle = environment.state == Environment::State::idle;
    if (const auto at = idle_deadline(environment)) {
      all.push_back({*at, Due::Kind::idle, environment.function, idle_rank(environment), key});
    }
    if (idle && spec.life_max > Duration{0}) {
      all.push_back({environment.started + spec.life_max, Due::Kind::life, environment.function,
                     environment.life_age, key});
    }
    if (environment.deadline != TimePoint::max() && !environment.paused) {
      const auto kind = environment.deadline_is_timeout ? Due::Kind::timeout : Due::Kind::init;
      all.push_back(
          {environment.deadline, kind, environment.function, environment.deadline_age, key});
    }
  }
  for (const auto& [key, invocation] : invocations_) {
    if (invocation.place == Invocation::Place::environment) continue;
    if (invocation.wait_deadline != TimePoint::max()) {
      all.push_back({invocation.wait_deadline, Due::Kind::wait, invocation.function,
                     invocation.wait_age, key});
    }
    if (invocation.next_deadline != TimePoint::max()) {
      all.push_back({invocation.next_deadline, Due::Kind::next, invocation.function,
                     invocation.next_age, key});
    }
  }
  for (const Function& function : functions_) {
    if (function.retry == TimePoint::max() || function.removed || shutdown_) continue;
    all.push_back({function.retry, Due::Kind::retry, function.id.index, 0, 0});
  }
  const bool anything_left = !environments_.empty() || !invocations_.empty();
  if (shutdown_ && anything_left) all.push_back({*shutdown_, Due::Kind::end, 0, 0, 0});
  return all;
}

std::optional<NaiveScheduler::Due> NaiveScheduler::first_due() const {
  const std::vector<Due> all = all_due();
  if (all.empty()) return std::nullopt;
  return *std::min_element(all.begin(), all.end());
}

std::optional<TimePoint> NaiveScheduler::next_deadline() const {
  const std::optional<Due> due = first_due();
  if (!due) return std::nullopt;
  return due->at;
}

void NaiveScheduler::fire(const Due& due) {
  switch (due.kind) {
    case Due::Kind::idle:
    case Due::Kind::life:
      stop(environments_.at(due.key));
      return serve(functions_[due.function]);
    case Due::Kind::init:
      return init_is_over(environments_.at(due.key));
    case Due::Kind::timeout:
      return run_is_over(environments_.at(due.key));
    case Due::Kind::wait:
      leave(invocations_.at(due.key));
      answer(due.key, core::Verdict::throttled, core::Reason::queue_wait);
      return serve(functions_[due.function]);
    case Due::Kind::next:
      give_up_next(functions_[due.function], invocations_.at(due.key));
      return serve(functions_[due.function]);
    case Due::Kind::retry:
      functions_[due.function].retry = TimePoint::max();
      return serve(functions_[due.function]);
    case Due::Kind::end:
      return shutdown_is_over();
  }
}

void NaiveScheduler::init_is_over(Environment& environment) {
  act(core::ActionKind::kill).environment = {environment.key, 0};
  if (may_start_again(environment)) return start_again(environment);
  init_failed(environment, core::Verdict::timeout);
}

// Lambda starts an init that ended without a word, or took too long, once more; not if it was stale
// anyway or tried code that stale environments can stand in for.
bool NaiveScheduler::may_start_again(const Environment& environment) const {
  const Function& function = functions_[environment.function];
  return environment.invocation && !environment.again && environment.code == function.code &&
         !falls_back(function, environment) && !shutdown_ && !function.removed;
}

// The function's timeout: of a run, or of a second init.
void NaiveScheduler::run_is_over(Environment& environment) {
  Function& function = functions_[environment.function];
  if (environment.state == Environment::State::initialising) {
    act(core::ActionKind::kill).environment = {environment.key, 0};
    return init_failed(environment, core::Verdict::timeout);
  }
  const std::optional<Key> invocation = environment.invocation;
  const bool open = !environment.answered;
  act(core::ActionKind::kill).environment = {environment.key, 0};
  end(environment, true);
  if (open) answer(invocation.value(), core::Verdict::timeout);
  serve(function);
}

void NaiveScheduler::shutdown_is_over() {
  for (Function& function : functions_) {
    for (Key key : environments_of(function)) {
      const Environment environment = environments_.at(key);
      kill(environments_.at(key), true);
      if (environment.invocation && !environment.answered) {
        answer(*environment.invocation, core::Verdict::shutdown);
      }
    }
  }
}

// --- Functions ---

void NaiveScheduler::configure(const core::Input& input) {
  if (input.function == next_function()) {
    functions_.push_back({.id = input.function});
    begin_scaling(functions_.back());
    begin_requests(functions_.back());
  }
  Function* function = find(input.function);
  if (function == nullptr || function->removed || shutdown_) return;
  set_slot_count(*function, input.spec->concurrency);
  const Duration old_life = function->spec.life_max;
  const bool other_requests = function->spec.reserved != input.spec->reserved;
  function->spec = *input.spec;
  if (other_requests) begin_requests(*function);
  function->provisions = true;
  if (old_life != function->spec.life_max) renew_lives(*function, old_life);
  serve(*function);
}

void NaiveScheduler::set_slot_count(Function& function, std::uint32_t count) {
  for (Slot slot = count; slot < function.slots.size(); ++slot) close_slot(function, slot);
  // A slot that comes back is the one it was.
  while (function.slots.size() > count) {
    function.closed_slots.push_back(function.slots.back());
    function.slots.pop_back();
  }
  while (function.slots.size() < count) {
    function.slots.emplace_back();
    if (function.closed_slots.empty()) continue;
    function.slots.back() = function.closed_slots.back();
    function.closed_slots.pop_back();
  }
}

// Who waits there goes to the line's end.
void NaiveScheduler::close_slot(Function& function, Slot slot) {
  SlotRecord& closed = function.slots[slot];
  closed.reset = false;
  for (const std::optional<Key>& key : {closed.vacated, closed.environment}) {
    if (key) end_kept(environments_.at(*key));
  }
  while (!closed.waiting.empty()) {
    Invocation& invocation = invocations_.at(closed.waiting.front());
    closed.waiting.pop_front();
    invocation.order = ++age_;
    join(function, invocation, std::nullopt);
  }
}

// Those that were too old under the old limit and are not any more end after others of their age.
void NaiveScheduler::renew_lives(Function& function, Duration old_life) {
  const Duration life = function.spec.life_max;
  for (Key key : environments_of(function)) {
    Environment& environment = environments_.at(key);
    const bool was_old = old_life > Duration{0} && environment.started + old_life <= now_;
    const bool is_old = life > Duration{0} && environment.started + life <= now_;
    if (was_old && !is_old) environment.life_age = ++age_;
  }
}

// It has no place any more: it ends if nobody needs it, and otherwise when it has done what it is
// at.
void NaiveScheduler::end_kept(Environment& environment) {
  if (environment.state == Environment::State::idle) return stop(environment);
  const bool initialises = environment.state == Environment::State::initialising;
  if (initialises && !environment.invocation) return kill(environment, false);
  Function& function = functions_[environment.function];
  if (environment.invocation) function.worked = now_;
  SlotRecord& slot = function.slots.at(environment.slot);
  if (slot.environment == environment.key) slot.environment.reset();
  if (slot.vacated == environment.key) slot.vacated.reset();
  environment.tie = Environment::Tie::detached;
}

void NaiveScheduler::remove(FunctionId id) {
  Function* function = find(id);
  if (function == nullptr || function->removed) return;
  function->removed = true;
  answer_waiting(*function, core::Verdict::abandoned);
  for (Key key : environments_of(*function)) {
    Environment& environment = environments_.at(key);
    if (environment.tie == Environment::Tie::detached) continue;
    const bool for_nobody =
        environment.state == Environment::State::initialising && !environment.invocation;
    for_nobody ? kill(environment, false) : end_kept(environment);
  }
}

void NaiveScheduler::answer_waiting(const Function& function, core::Verdict verdict) {
  std::map<std::uint64_t, Key> waiting;
  for (const auto& [key, invocation] : invocations_) {
    const bool waits = invocation.place != Invocation::Place::environment;
    if (waits && invocation.function == function.id.index) waiting[invocation.order] = key;
  }
  for (const auto& [order, key] : waiting) {
    leave(invocations_.at(key));
    answer(key, verdict);
  }
}

void NaiveScheduler::code_changed(FunctionId id) {
  Function* function = find(id);
  if (function == nullptr || function->removed || shutdown_) return;
  regroup(*function, true);
  ++function->code;
  function->first_start = true;
  function->fallback = false;
  function->provisions = true;
  serve(*function);
}

void NaiveScheduler::shut_down(TimePoint deadline) {
  if (!shutdown_) stop_what_waits();
  shutdown_ = shutdown_ ? std::min(*shutdown_, deadline) : deadline;
  if (*shutdown_ <= now_) shutdown_is_over();
}

void NaiveScheduler::stop_what_waits() {
  for (Function& function : functions_) {
    answer_waiting(function, core::Verdict::shutdown);
    for (Key key : environments_of(function)) {
      Environment& environment = environments_.at(key);
      if (environment.state == Environment::State::idle) {
        stop(environment);
      } else if (environment.state == Environment::State::initialising && !environment.invocation) {
        kill(environment, false);
      }
    }
  }
}

// --- Invocations ---

void NaiveScheduler::arrive(const core::Input& input) {
  const Key key = next_invocation_++;
  Function* function = find(input.function);
  Invocation made{.key = key, .function = input.function.index, .order = ++age_};
  Invocation& invocation = invocations_.emplace(key, made).first->second;
  if (shutdown_) return answer(key, core::Verdict::shutdown);
  if (function == nullptr || function->removed) return answer(key, core::Verdict::abandoned);
  invocation.event = input.detail == static_cast<std::uint8_t>(core::Arrival::event);
  invocation.code = function->code;
  if (function->spec.strategy == core::Strategy::user && !function->fallback) {
    if (!admit(*function, invocation, {}, false)) return;
    const bool is_first = !function->choosing && function->line.empty();
    if (!is_first) {
      const core::FunctionSpec& spec = function->spec;
      const std::uint32_t limit = invocation.event ? spec.event_queue_limit : spec.queue_limit;
      if (waiting_of_kind(*function, invocation.event) >= limit) {
        return answer(key, core::Verdict::throttled, core::Reason::queue_full);
      }
    }
    limit_wait(*function, invocation);
    function->line.push_back(key);
    if (is_first) choose_next(*function);
    return;
  }
  Pick pick = pick_at_once(*function, invocation);
  const bool awaits = !pick.is_found() && will_get_next(*function, invocation);
  if (!pick.is_found() && !awaits) pick = pick_start(*function, invocation);
  if (!admit(*function, invocation, pick, awaits)) return;
  if (awaits) return await_next(*function, invocation);
  pick.is_found() ? go(*function, invocation, pick) : overflow(*function, invocation, std::nullopt);
}

void NaiveScheduler::abandon(InvocationId id) {
  Invocation* invocation = find(id);
  if (invocation == nullptr || invocation->place == Invocation::Place::environment) return;
  Function& function = functions_[invocation->function];
  leave(*invocation);
  answer(id.index, core::Verdict::abandoned);
  serve(function);
}

void NaiveScheduler::chosen(InvocationId id, Slot slot) {
  Invocation* invocation = find(id);
  if (invocation == nullptr || invocation->place != Invocation::Place::choice) return;
  Function& function = functions_[invocation->function];
  leave(*invocation);
  if (slot >= function.slots.size()) {
    answer(id.index, core::Verdict::hook_failed);
    return serve(function);
  }
  const bool is_open = !function.slots[slot].environment;
  if (is_open || may_take_at_once(function, slot, *invocation)) {
    const bool joins = is_open && function.fallback;
    const Pick pick = slot_pick(function, slot, *invocation);
    const core::Reason reason = joins ? core::Reason::none : refusal(function, pick);
    if (reason != core::Reason::none && !invocation->event) {
      answer(id.index, core::Verdict::throttled, reason);
    } else {
      take_slot(function, slot, *invocation);
    }
  } else {
    overflow(function, *invocation, slot);
  }
  serve(function);
}

// Whether the slot's environment is idle, or has to make room.
bool NaiveScheduler::may_take_at_once(const Function& function, Slot slot,
                                      const Invocation& invocation) const {
  const Environment& environment = environments_.at(function.slots.at(slot).environment.value());
  return environment.state == Environment::State::idle || !may_serve(environment, invocation);
}

// What it would have to take there.
NaiveScheduler::Pick NaiveScheduler::slot_pick(const Function& function, Slot slot,
                                               const Invocation& invocation) const {
  const std::optional<Key> key = function.slots.at(slot).environment;
  const bool serves = key && may_serve(environments_.at(*key), invocation);
  return serves ? Pick{.environment = key} : Pick{.slot = slot};
}

// Gives the invocation this very slot: its environment, or a start, or, where nothing may start, a
// place in the line.
void NaiveScheduler::take_slot(Function& function, Slot slot, Invocation& invocation) {
  SlotRecord& record = function.slots[slot];
  if (record.environment && may_serve(environments_.at(*record.environment), invocation)) {
    return give(invocation, environments_.at(*record.environment));
  }
  if (!record.environment && function.fallback) return join(function, invocation, std::nullopt);
  if (record.environment) vacate(function, slot);
  start(function, slot, invocation.key, record.reset ? core::Start::reset : core::Start::cold);
}

void NaiveScheduler::choice_failed(InvocationId id) {
  Invocation* invocation = find(id);
  if (invocation == nullptr || invocation->place != Invocation::Place::choice) return;
  Function& function = functions_[invocation->function];
  leave(*invocation);
  answer(id.index, core::Verdict::hook_failed);
  serve(function);
}

// Takes it out of wherever it waits.
void NaiveScheduler::leave(Invocation& invocation) {
  Function& function = functions_[invocation.function];
  switch (invocation.place) {
    case Invocation::Place::line:
      std::erase(function.line, invocation.key);
      return;
    case Invocation::Place::slot:
      std::erase(function.slots.at(invocation.slot).waiting, invocation.key);
      return;
    case Invocation::Place::choice:
      function.choosing.reset();
      return;
    case Invocation::Place::environment:
      return;
  }
}

void NaiveScheduler::answer(Key invocation, core::Verdict verdict, core::Reason reason) {
  core::Action& action = act(core::ActionKind::answer);
  action.invocation = {invocation, 0};
  action.detail = static_cast<std::uint8_t>(verdict);
  action.reason = reason;
  invocations_.erase(invocation);
}

void NaiveScheduler::overflow(Function& function, Invocation& invocation,
                              std::optional<Slot> at_slot) {
  const core::FunctionSpec& spec = function.spec;
  if (!invocation.event && spec.overflow == core::Overflow::throttle) {
    return answer(invocation.key, core::Verdict::throttled, core::Reason::slots);
  }
  const std::uint32_t limit = invocation.event ? spec.event_queue_limit : spec.queue_limit;
  if (waiting_of_kind(function, invocation.event) >= limit) {
    return answer(invocation.key, core::Verdict::throttled, core::Reason::queue_full);
  }
  join(function, invocation, at_slot);
}

// It waits at its place by arrival.
void NaiveScheduler::join(Function& function, Invocation& invocation, std::optional<Slot> at_slot) {
  limit_wait(function, invocation);
  invocation.place = at_slot ? Invocation::Place::slot : Invocation::Place::line;
  invocation.slot = at_slot.value_or(no_slot);
  std::deque<Key>& line = at_slot ? function.slots.at(*at_slot).waiting : function.line;
  const auto later = std::find_if(line.begin(), line.end(), [&](Key key) {
    return invocations_.at(key).order > invocation.order;
  });
  line.insert(later, invocation.key);
}

std::uint32_t NaiveScheduler::waiting_of_kind(const Function& function, bool event) const {
  std::uint32_t count = 0;
  const auto count_in = [&](const std::deque<Key>& waiting) {
    for (Key key : waiting) count += invocations_.at(key).event == event ? 1 : 0;
  };
  count_in(function.line);
  for (const SlotRecord& slot : function.slots) count_in(slot.waiting);
  return count;
}

// From when it first waits. It has one limit for all the places where it waits.
void NaiveScheduler::limit_wait(const Function& function, Invocation& invocation) {
  const Duration length = function.spec.queue_wait;
  const bool is_limited = invocation.wait_deadline != TimePoint::max();
  if (invocation.event || length == Duration{0} || is_limited) return;
  invocation.wait_deadline = now_ + length;
  invocation.wait_age = ++age_;
}

void NaiveScheduler::put_back_in_line(Function& function, Invocation& invocation) {
  stop_awaiting(invocation);
  invocation.wait_deadline = TimePoint::max();
  join(function, invocation, std::nullopt);
}

// Not with code from before its arrival, unless the newer code does not start.
bool NaiveScheduler::may_serve(const Environment& environment, const Invocation& invocation) const {
  return functions_[environment.function].fallback || environment.code >= invocation.code;
}

// --- The account ---

void NaiveScheduler::Rate::begin(std::uint64_t of, Duration in, std::uint64_t at_once) {
  count = of;
  burst = at_once;
  period = in;
  taken_until = 0;
}

bool NaiveScheduler::Rate::allows(TimePoint now) const {
  if (count == 0) return true;
  const __int128 at = static_cast<__int128>(now.time_since_epoch().count()) * count;
  const __int128 from = std::max(taken_until, at);
  return from + period.count() - at <= static_cast<__int128>(burst) * period.count();
}

void NaiveScheduler::Rate::take(TimePoint now) {
  if (count == 0 || !allows(now)) return;
  const __int128 at = static_cast<__int128>(now.time_since_epoch().count()) * count;
  taken_until = std::max(taken_until, at) + period.count();
}

void NaiveScheduler::limit_account(const core::AccountSpec& account) {
  if (shutdown_) return;
  account_ = account;
  account_requests_.begin(std::uint64_t{account.concurrency} * account.request_rate,
                          std::chrono::seconds(1));
  burst_scaling_.begin(account_.scaling, std::chrono::minutes(1), account_.scaling_burst);
  for (Function& function : functions_) {
    begin_scaling(function);
    begin_requests(function);
  }
  for (Function& function : functions_) serve(function);
}

void NaiveScheduler::begin_scaling(Function& function) {
  function.scaling.begin(account_.concurrency > 0 ? account_.scaling : 0, std::chrono::seconds(10));
}

const NaiveScheduler::Rate& NaiveScheduler::scaling_of(const Function& function) const {
  const bool shared = account_.concurrency > 0 && account_.scaling_burst > 0;
  return shared ? burst_scaling_ : function.scaling;
}

NaiveScheduler::Rate& NaiveScheduler::scaling_of(Function& function) {
  return const_cast<Rate&>(std::as_const(*this).scaling_of(function));
}

void NaiveScheduler::begin_requests(Function& function) {
  const std::uint64_t rate = std::uint64_t{function.spec.reserved} * account_.request_rate;
  function.requests.begin(is_reserved(function) ? rate : 0, std::chrono::seconds(1));
}

bool NaiveScheduler::is_reserved(const Function& function) const {
  return function.spec.reserved != core::unreserved;
}

bool NaiveScheduler::is_limited(const Function& function) const {
  return is_reserved(function) || account_.concurrency > 0;
}

std::uint32_t NaiveScheduler::in_use(const Function& function) const {
  std::uint32_t count = 0;
  for (const SlotRecord& slot : function.slots) {
    if (slot.environment && environments_.at(*slot.environment).invocation) ++count;
  }
  return count;
}

// By functions without reserved concurrency, beyond what is provisioned for each.
std::uint64_t NaiveScheduler::shared_in_use() const {
  std::uint64_t count = 0;
  for (const Function& function : functions_) {
    if (function.removed || is_reserved(function)) continue;
    const std::uint32_t used = in_use(function);
    count += used > function.spec.provisioned ? used - function.spec.provisioned : 0;
  }
  return count;
}

std::uint64_t NaiveScheduler::shared() const {
  std::uint64_t taken = 0;
  for (const Function& function : functions_) {
    if (function.removed) continue;
    taken += is_reserved(function) ? function.spec.reserved : function.spec.provisioned;
  }
  return account_.concurrency > taken ? account_.concurrency - taken : 0;
}

core::Reason NaiveScheduler::over_concurrency(const Function& function) const {
  const std::uint32_t used = in_use(function);
  if (is_reserved(function)) {
    return used < function.spec.reserved ? core::Reason::none : core::Reason::reserved_concurrency;
  }
  if (used < function.spec.provisioned || shared_in_use() < shared()) return core::Reason::none;
  return core::Reason::account_concurrency;
}

// A new environment, not one that was reset.
core::Reason NaiveScheduler::over_scaling(const Function& function, const Pick& pick) const {
  if (!pick.slot || function.slots[*pick.slot].reset) return core::Reason::none;
  if (scaling_of(function).allows(now_)) return core::Reason::none;
  return is_reserved(function) ? core::Reason::reserved_scaling : core::Reason::account_scaling;
}

core::Reason NaiveScheduler::refusal(const Function& function, const Pick& pick) const {
  if (!is_limited(function)) return core::Reason::none;
  const core::Reason reason = over_concurrency(function);
  return reason != core::Reason::none ? reason : over_scaling(function, pick);
}

// Whether it may go there now, or wait. Otherwise it is throttled, or, an event, waits.
bool NaiveScheduler::admit(Function& function, Invocation& invocation, const Pick& pick,
                           bool awaits) {
  if (!is_limited(function)) return true;
  core::Reason reason = awaits ? core::Reason::none : refusal(function, pick);
  if (invocation.event) {
    if (reason == core::Reason::none) return true;
    overflow(function, invocation, std::nullopt);
    return false;
  }
  Rate& requests = is_reserved(function) ? function.requests : account_requests_;
  if (reason == core::Reason::none && !requests.allows(now_)) {
    reason = is_reserved(function) ? core::Reason::reserved_rate : core::Reason::account_rate;
  }
  if (reason == core::Reason::none) {
    requests.take(now_);
    return true;
  }
  answer(invocation.key, core::Verdict::throttled, reason);
  return false;
}

// Whether one that waits goes on waiting though there is a place; it is looked at again later.
bool NaiveScheduler::is_held_back(Function& function, const Invocation& invocation,
                                  const Pick& pick) {
  if (refusal(function, pick) == core::Reason::none) return false;
  if (!invocation.awaits_next && function.retry == TimePoint::max()) {
    function.retry = now_ + std::chrono::seconds(1);
  }
  return true;
}

// --- Placing ---

NaiveScheduler::Pick NaiveScheduler::pick(const Function& function,
                                          const Invocation& invocation) const {
  const Pick at_once = pick_at_once(function, invocation);
  return at_once.is_found() ? at_once : pick_start(function, invocation);
}

NaiveScheduler::Pick NaiveScheduler::pick_at_once(const Function& function,
                                                  const Invocation& invocation) const {
  if (function.fallback) return pick_in_fallback(function);
  if (function.spec.strategy == core::Strategy::round_robin) {
    return pick_round_robin(function, invocation);
  }
  const Environment* idle = pick_among_idle(function);
  if (idle == nullptr) idle = last_used_idle(function, invocation.code);
  if (idle == nullptr) return {};
  return {.environment = idle->key};
}

// Of the idle environments that may serve anybody, by the strategies that are for comparison.
const NaiveScheduler::Environment* NaiveScheduler::pick_among_idle(const Function& function) const {
  std::vector<const Environment*> idle;
  for (const auto& [key, environment] : environments_) {
    const bool is_idle = environment.function == function.id.index &&
                         environment.state == Environment::State::idle && serves(environment);
    if (is_idle) idle.push_back(&environment);
  }
  if (idle.empty()) return nullptr;
  std::sort(idle.begin(), idle.end(), [](const Environment* left, const Environment* right) {
    return used_before(*left, *right);
  });
  const auto started_before = [](const Environment* left, const Environment* right) {
    return left->serial < right->serial;
  };
  switch (function.spec.strategy) {
    case core::Strategy::least_recently_used:
      return idle.front();
    case core::Strategy::newest:
      return *std::max_element(idle.begin(), idle.end(), started_before);
    case core::Strategy::oldest:
      return *std::min_element(idle.begin(), idle.end(), started_before);
    case core::Strategy::random:
      return idle[Prng(static_cast<std::uint64_t>(now_.time_since_epoch().count()))
                      .below(idle.size())];
    default:
      return idle.back();
  }
}

NaiveScheduler::Pick NaiveScheduler::pick_start(const Function& function,
                                                const Invocation& invocation) const {
  if (function.fallback) return {};
  std::optional<Slot> slot;
  if (function.spec.strategy != core::Strategy::round_robin) slot = free_slot(function);
  if (!slot) return pick_by_vacating(function, invocation);
  return {.slot = slot};
}

void NaiveScheduler::go(Function& function, Invocation& invocation, const Pick& pick) {
  if (!pick.slot) return give(invocation, environments_.at(pick.environment.value()));
  if (function.slots[*pick.slot].environment) vacate(function, *pick.slot);
  const bool reset = function.slots[*pick.slot].reset;
  start(function, *pick.slot, invocation.key, reset ? core::Start::reset : core::Start::cold);
}

// Environments that have answered and would serve it or somebody before it in the line.
std::uint32_t NaiveScheduler::answered_for(const Function& function,
                                           const Invocation& invocation) const {
  std::uint32_t count = 0;
  for (const SlotRecord& slot : function.slots) {
    if (!slot.environment || !slot.waiting.empty()) continue;
    const Environment& environment = environments_.at(*slot.environment);
    if (environment.answered && may_serve(environment, invocation)) ++count;
  }
  return count;
}

bool NaiveScheduler::will_get_next(const Function& function, const Invocation& invocation) const {
  return function.spec.next_wait > Duration{0} &&
         answered_for(function, invocation) > function.line.size();
}

void NaiveScheduler::await_next(Function& function, Invocation& invocation) {
  invocation.awaits_next = true;
  invocation.next_deadline = now_ + function.spec.next_wait;
  invocation.next_age = ++age_;
  join(function, invocation, std::nullopt);
}

// What is left of its wait is a limit of its own from now on.
void NaiveScheduler::stop_awaiting(Invocation& invocation) {
  const bool looked_first = invocation.next_deadline < invocation.wait_deadline;
  if (invocation.awaits_next && looked_first) invocation.wait_age = ++age_;
  invocation.awaits_next = false;
  invocation.next_deadline = TimePoint::max();
}

void NaiveScheduler::give_up_next(Function& function, Invocation& invocation) {
  leave(invocation);
  stop_awaiting(invocation);
  if (function.spec.strategy == core::Strategy::user && !function.fallback) {
    return join(function, invocation, std::nullopt);
  }
  const Pick pick = this->pick(function, invocation);
  const core::Reason reason = refusal(function, pick);
  if (reason != core::Reason::none && !invocation.event) {
    return answer(invocation.key, core::Verdict::throttled, reason);
  }
  const bool may_go = pick.is_found() && reason == core::Reason::none;
  may_go ? go(function, invocation, pick) : overflow(function, invocation, std::nullopt);
}

// Nothing starts; every environment may serve.
NaiveScheduler::Pick NaiveScheduler::pick_in_fallback(const Function& function) const {
  const Environment* picked = nullptr;
  if (function.spec.strategy == core::Strategy::round_robin) {
    std::uint64_t least = ~std::uint64_t{0};
    for (const SlotRecord& slot : function.slots) {
      if (!slot.environment) continue;
      const Environment& environment = environments_.at(*slot.environment);
      if (environment.state != Environment::State::idle || slot.given_age >= least) continue;
      least = slot.given_age;
      picked = &environment;
    }
  } else {
    picked = pick_among_idle(function);
  }
  if (picked == nullptr) return {};
  return {.environment = picked->key};
}

// Whether an idle environment may serve whoever arrives.
bool NaiveScheduler::serves(const Environment& environment) const {
  const Function& function = functions_[environment.function];
  return environment.tie == Environment::Tie::attached &&
         (function.fallback || environment.code == function.code);
}

// Idle environments that begin or cease to serve come after those of the same last use which they
// join.
void NaiveScheduler::regroup(const Function& function, bool of_serving) {
  std::vector<Environment*> moved;
  for (auto& [key, environment] : environments_) {
    const bool is_idle = environment.function == function.id.index &&
                         environment.state == Environment::State::idle &&
                         environment.tie == Environment::Tie::attached;
    if (is_idle && serves(environment) == of_serving) moved.push_back(&environment);
  }
  std::sort(moved.begin(), moved.end(), [](const Environment* left, const Environment* right) {
    return used_before(*left, *right);
  });
  for (Environment* environment : moved) environment->idle_age = ++age_;
}

bool NaiveScheduler::used_before(const Environment& left, const Environment& right) {
  return std::pair(left.idle_since, left.idle_age) < std::pair(right.idle_since, right.idle_age);
}

NaiveScheduler::Pick NaiveScheduler::pick_round_robin(const Function& function,
                                                      const Invocation& invocation) const {
  std::optional<Slot> picked;
  for (Slot slot = 0; slot < function.slots.size(); ++slot) {
    const SlotRecord& record = function.slots[slot];
    if (record.environment) {
      const Environment& environment = environments_.at(*record.environment);
      if (environment.state != Environment::State::idle) continue;
    }
    if (!picked || record.given_age < function.slots[*picked].given_age) picked = slot;
  }
  if (!picked) return {};
  const SlotRecord& record = function.slots[*picked];
  const bool serves =
      record.environment && environments_.at(*record.environment).code >= invocation.code;
  if (serves) return {.environment = record.environment};
  return {.slot = picked};
}

// A slot whose environment has code from before the invocation's arrival: the least recently used
// idle one, else the lowest.
NaiveScheduler::Pick NaiveScheduler::pick_by_vacating(const Function& function,
                                                      const Invocation& invocation) const {
  std::optional<Slot> busy;
  std::optional<Slot> idle;
  const Environment* first = nullptr;
  for (Slot slot = 0; slot < function.slots.size(); ++slot) {
    if (!function.slots[slot].environment) continue;
    const Environment& environment = environments_.at(*function.slots[slot].environment);
    if (environment.code >= invocation.code) continue;
    if (environment.state != Environment::State::idle) {
      if (!busy) busy = slot;
    } else if (first == nullptr || used_before(environment, *first)) {
      idle = slot;
      first = &environment;
    }
  }
  return {.slot = idle ? idle : busy};
}

const NaiveScheduler::Environment* NaiveScheduler::last_used_idle(
    const Function& function, std::optional<std::uint32_t> code) const {
  const Environment* last = nullptr;
  for (const SlotRecord& slot : function.slots) {
    if (!slot.environment) continue;
    const Environment& environment = environments_.at(*slot.environment);
    if (environment.state != Environment::State::idle) continue;
    if (code && environment.code < *code) continue;
    if (last == nullptr || used_before(*last, environment)) last = &environment;
  }
  return last;
}

std::optional<Slot> NaiveScheduler::free_slot(const Function& function) const {
  for (const bool reset : {true, false}) {
    for (Slot slot = 0; slot < function.slots.size(); ++slot) {
      const SlotRecord& record = function.slots[slot];
      if (!record.environment && record.reset == reset) return slot;
    }
  }
  return std::nullopt;
}

void NaiveScheduler::give(Invocation& invocation, Environment& environment) {
  count_given(functions_[environment.function], environment.slot);
  begin(invocation, environment);
}

void NaiveScheduler::count_given(Function& function, Slot slot) {
  SlotRecord& record = function.slots.at(slot);
  ++record.given;
  record.given_age = ++age_;
  record.last_used = now_;
}

void NaiveScheduler::begin(Invocation& invocation, Environment& environment) {
  invocation.place = Invocation::Place::environment;
  environment.invocation = invocation.key;
  environment.answered = false;
  if (!functions_[environment.function].spec.prepares) return deliver(invocation, environment);
  environment.state = Environment::State::preparing;
  core::Action& action = act(core::ActionKind::prepare);
  action.invocation = {invocation.key, 0};
  action.environment = {environment.key, 0};
  action.slot = environment.slot;
}

void NaiveScheduler::deliver(Invocation& invocation, Environment& environment) {
  const core::FunctionSpec& spec = functions_[environment.function].spec;
  resume(environment);
  environment.state = Environment::State::busy;
  if (!environment.again || environment.deadline == TimePoint::max()) {
    environment.deadline = spec.timeout > Duration{0} ? now_ + spec.timeout : TimePoint::max();
    environment.deadline_is_timeout = true;
    environment.deadline_age = ++age_;
  }
  environment.again = false;
  core::Action& action = act(core::ActionKind::deliver);
  action.invocation = {invocation.key, 0};
  action.environment = {environment.key, 0};
  action.deadline = environment.deadline;
}

void NaiveScheduler::choose_next(Function& function) {
  if (function.choosing || function.line.empty() || shutdown_) return;
  if (is_held_back(function, invocations_.at(function.line.front()), {})) return;
  const Key key = function.line.front();
  function.line.pop_front();
  function.choosing = key;
  stop_awaiting(invocations_.at(key));
  limit_wait(function, invocations_.at(key));
  invocations_.at(key).place = Invocation::Place::choice;
  core::Action& action = act(core::ActionKind::choose);
  action.invocation = {key, 0};
  action.function = function.id.index;
}

// Whatever can be served after something has changed: who waits at slots, the line, and the
// environments kept ahead.
void NaiveScheduler::serve(Function& function) {
  if (function.removed || shutdown_) return;
  if (function.fallback && !has_stale(function)) function.fallback = false;
  serve_slots(function);
  serve_line(function);
  provision(function);
}

void NaiveScheduler::serve_slots(Function& function) {
  for (Slot slot = 0; slot < function.slots.size(); ++slot) {
    SlotRecord& record = function.slots[slot];
    while (!record.waiting.empty()) {
      const bool is_busy = record.environment &&
                           environments_.at(*record.environment).state != Environment::State::idle;
      if (is_busy) break;
      const Key key = record.waiting.front();
      const bool joins_line = !record.environment && function.fallback;
      const Pick pick = slot_pick(function, slot, invocations_.at(key));
      if (!joins_line && is_held_back(function, invocations_.at(key), pick)) break;
      record.waiting.pop_front();
      take_slot(function, slot, invocations_.at(key));
    }
  }
}

void NaiveScheduler::serve_line(Function& function) {
  if (function.spec.strategy == core::Strategy::user && !function.fallback) {
    return choose_next(function);
  }
  while (!function.line.empty()) {
    const Key key = function.line.front();
    Invocation& invocation = invocations_.at(key);
    const Pick pick = invocation.awaits_next ? pick_at_once(function, invocation)
                                             : this->pick(function, invocation);
    if (pick.is_found() && !is_held_back(function, invocation, pick)) {
      function.line.pop_front();
      go(function, invocation, pick);
    } else if (!invocation.awaits_next) {
      return;
    } else if (answered_for(function, invocation) > 0) {
      return;
    } else {
      give_up_next(function, invocation);
    }
  }
}

void NaiveScheduler::provision(Function& function) {
  while (function.provisions && !function.fallback && held(function) < function.spec.provisioned) {
    const std::optional<Slot> slot = free_slot(function);
    if (!slot) return;
    start(function, *slot, std::nullopt, core::Start::provisioned);
  }
}

std::uint32_t NaiveScheduler::held(const Function& function) const {
  std::uint32_t count = 0;
  for (const SlotRecord& slot : function.slots) count += slot.environment ? 1 : 0;
  return count;
}

// --- Environments ---

void NaiveScheduler::start(Function& function, Slot slot, std::optional<Key> invocation,
                           core::Start why) {
  SlotRecord& record = function.slots.at(slot);
  if (!record.reset) record.serial = ++function.serials;
  if (!record.reset && why != core::Start::provisioned) scaling_of(function).take(now_);
  record.reset = false;
  if (function.first_start && why != core::Start::provisioned) {
    if (has_stale(function)) why = core::Start::candidate;
    function.first_start = false;
  }
  const Key key = next_environment_++;
  record.environment = key;
  Environment made{.key = key, .function = function.id.index, .slot = slot};
  made.serial = record.serial;
  made.code = function.code;
  made.invocation = invocation;
  made.started = now_;
  made.deadline_age = made.life_age = ++age_;
  Duration limit = function.spec.init_timeout;
  if (why == core::Start::provisioned && limit > Duration{0}) {
    const bool is_endless = function.spec.timeout == Duration{0};
    limit = std::max<Duration>(function.spec.timeout, std::chrono::seconds(130));
    if (is_endless || limit > std::chrono::seconds(900)) limit = std::chrono::seconds(900);
  }
  if (limit > Duration{0}) made.deadline = now_ + limit;
  environments_.emplace(key, made);
  if (invocation) {
    invocations_.at(*invocation).place = Invocation::Place::environment;
    count_given(function, slot);
  }
  core::Action& action = act(core::ActionKind::start);
  action.environment = {key, 0};
  action.slot = slot;
  action.detail = static_cast<std::uint8_t>(why);
  action.function = function.id.index;
  action.serial = record.serial;
  if (invocation) action.invocation = {*invocation, 0};
}

// The same environment under a new id, with the function's timeout as its limit.
void NaiveScheduler::start_again(Environment& environment) {
  Function& function = functions_[environment.function];
  const Key key = next_environment_++;
  Environment made = environment;
  environments_.erase(environment.key);
  made.key = key;
  made.code = function.code;
  made.again = true;
  made.paused.reset();
  made.started = now_;
  made.deadline_is_timeout = true;
  made.deadline_age = made.life_age = ++age_;
  const Duration limit = function.spec.timeout;
  made.deadline = limit > Duration{0} ? now_ + limit : TimePoint::max();
  environments_.emplace(key, made);
  if (made.tie == Environment::Tie::attached) function.slots.at(made.slot).environment = key;
  core::Action& action = act(core::ActionKind::start);
  action.environment = {key, 0};
  action.slot = made.slot;
  action.detail = static_cast<std::uint8_t>(core::Start::init_again);
  action.function = made.function;
  action.serial = made.serial;
  action.invocation = {made.invocation.value(), 0};
  serve(function);
}

// The stale environment of a slot makes room, and is kept until it is known whether its successor
// starts.
void NaiveScheduler::vacate(Function& function, Slot slot) {
  SlotRecord& record = function.slots.at(slot);
  Environment& environment = environments_.at(record.environment.value());
  if (environment.state == Environment::State::initialising) return end_kept(environment);
  if (record.vacated) end_kept(environments_.at(*record.vacated));
  if (environment.invocation) function.worked = now_;
  record.vacated = environment.key;
  record.environment.reset();
  environment.tie = Environment::Tie::vacated;
}

void NaiveScheduler::ready(Environment& environment) {
  Function& function = functions_[environment.function];
  const Key key = environment.key;
  const bool fresh =
      environment.tie == Environment::Tie::attached && environment.code == function.code;
  function.provisions = true;
  resume(environment);
  if (!environment.again) environment.deadline = TimePoint::max();
  if (environment.invocation) {
    begin(invocations_.at(*environment.invocation), environment);
  } else {
    become_free(environments_.at(key));
  }
  if (fresh) end_stale(function);
  serve(function);
}

// The present code starts: what runs other code is not needed any more.
void NaiveScheduler::end_stale(Function& function) {
  function.fallback = false;
  for (Key key : environments_of(function)) {
    Environment& environment = environments_.at(key);
    if (environment.code == function.code) continue;
    if (environment.tie == Environment::Tie::detached) continue;
    const bool for_nobody =
        environment.state == Environment::State::initialising && !environment.invocation;
    for_nobody ? kill(environment, false) : end_kept(environment);
  }
}

void NaiveScheduler::failed(Environment& environment, core::InitFailure failure) {
  switch (failure) {
    case core::InitFailure::reported:
      return init_failed(environment, core::Verdict::init_error);
    case core::InitFailure::spawn:
      return init_failed(environment, core::Verdict::spawn_failed);
    case core::InitFailure::exited:
      if (may_start_again(environment)) return start_again(environment);
      return init_failed(environment, core::Verdict::init_crash);
  }
}

// Whether the failure of its init means that the present code does not start and that the stale
// environments serve on.
bool NaiveScheduler::falls_back(const Function& function, const Environment& environment) const {
  return environment.code == function.code && has_stale(function) && !shutdown_ &&
         !function.removed;
}

bool NaiveScheduler::has_stale(const Function& function) const {
  for (const auto& [key, environment] : environments_) {
    if (environment.function == function.id.index && environment.code < function.code &&
        environment.tie != Environment::Tie::detached) {
      return true;
    }
  }
  return false;
}

void NaiveScheduler::init_failed(Environment& environment, core::Verdict verdict) {
  Function& function = functions_[environment.function];
  const std::optional<Key> invocation = environment.invocation;
  const bool fallback = falls_back(function, environment);
  const bool stale = environment.code < function.code && !shutdown_ && !function.removed;
  if (!invocation && !stale) function.provisions = false;
  end(environment, true);
  if (fallback) {
    regroup(function, false);
    function.fallback = true;
  }
  if (invocation && (fallback || stale)) {
    put_back_in_line(function, invocations_.at(*invocation));
  } else if (invocation) {
    answer(*invocation, verdict);
  }
  serve(function);
}

void NaiveScheduler::prepared(InvocationId id, bool well) {
  Invocation* invocation = find(id);
  if (invocation == nullptr || invocation->place != Invocation::Place::environment) return;
  for (auto& [key, environment] : environments_) {
    if (environment.invocation != std::optional<Key>(id.index)) continue;
    if (environment.state != Environment::State::preparing) return;
    if (well) return deliver(*invocation, environment);
    Function& function = functions_[environment.function];
    answer(id.index, core::Verdict::hook_failed);
    become_free(environment);  // It may be gone.
    serve(function);
    return;
  }
}

void NaiveScheduler::answered(Environment& environment, core::Outcome outcome) {
  environment.answered = true;
  answer(environment.invocation.value(), verdict_of(outcome));
}

void NaiveScheduler::completed(Environment& environment, core::Outcome outcome) {
  Function& function = functions_[environment.function];
  if (!environment.answered) answer(environment.invocation.value(), verdict_of(outcome));
  become_free(environment);
  serve(function);
}

// It has nothing to do: it serves who waits, stops or becomes idle.
void NaiveScheduler::become_free(Environment& environment) {
  Function& function = functions_[environment.function];
  function.worked = now_;
  environment.invocation.reset();
  environment.answered = false;
  environment.again = false;
  environment.deadline = TimePoint::max();
  environment.paused.reset();
  environment.state = Environment::State::idle;
  environment.idle_since = now_;
  environment.idle_age = ++age_;
  if (shutdown_ || environment.tie == Environment::Tie::detached) return stop(environment);
  const Duration life = function.spec.life_max;
  const bool is_old = life > Duration{0} && now_ > environment.started + life;
  if (environment.tie == Environment::Tie::vacated) return is_old ? stop(environment) : void();
  std::deque<Key>& waiting = function.slots.at(environment.slot).waiting;
  const bool takes_from_line =
      waiting.empty() && (function.spec.strategy != core::Strategy::user || function.fallback);
  std::deque<Key>& line = takes_from_line ? function.line : waiting;
  const bool may_go = !line.empty() && may_serve(environment, invocations_.at(line.front()));
  const bool is_held = may_go && is_held_back(function, invocations_.at(line.front()),
                                              Pick{.environment = environment.key});
  if (may_go && !is_held) {
    const Key key = line.front();
    line.pop_front();
    return give(invocations_.at(key), environment);
  }
  if (is_old) stop(environment);
}

void NaiveScheduler::exited(Environment& environment) {
  Function& function = functions_[environment.function];
  if (environment.state == Environment::State::initialising) {
    return failed(environment, core::InitFailure::exited);
  }
  const std::optional<Key> invocation = environment.invocation;
  const bool open = invocation && !environment.answered;
  end(environment, true);
  if (open) answer(*invocation, core::Verdict::crash);
  serve(function);
}

// What stands still is a limit that runs; without one there is nothing to stop.
void NaiveScheduler::pause(Environment& environment) {
  const bool is_limited = environment.deadline != TimePoint::max();
  if (is_limited && !environment.paused) environment.paused = now_;
}

void NaiveScheduler::resume(Environment& environment) {
  if (!environment.paused) return;
  environment.deadline += now_ - *environment.paused;
  environment.deadline_age = ++age_;
  environment.paused.reset();
}

// Its processes are gone. Its slot is reset or cold, or taken back by the one that made room.
void NaiveScheduler::end(Environment& environment, bool reset) {
  Function& function = functions_[environment.function];
  const Environment ended = environment;
  if (ended.invocation) function.worked = now_;
  environments_.erase(ended.key);
  if (ended.tie == Environment::Tie::detached) return;
  SlotRecord& slot = function.slots.at(ended.slot);
  if (ended.tie == Environment::Tie::vacated) {
    slot.vacated.reset();
    return;
  }
  slot.environment.reset();
  slot.reset = reset;
  if (!slot.vacated) return;
  Environment& kept = environments_.at(*slot.vacated);
  slot.environment = kept.key;
  slot.vacated.reset();
  slot.reset = false;
  slot.serial = kept.serial;
  kept.tie = Environment::Tie::attached;
  if (function.fallback) kept.idle_age = ++age_;
}

void NaiveScheduler::stop(Environment& environment) {
  act(core::ActionKind::stop).environment = {environment.key, 0};
  end(environment, false);
}

void NaiveScheduler::kill(Environment& environment, bool reset) {
  act(core::ActionKind::kill).environment = {environment.key, 0};
  end(environment, reset);
}

// --- Looking ---

core::Action& NaiveScheduler::act(core::ActionKind kind) {
  core::Action action;
  action.kind = kind;
  return actions_.emplace_back(action);
}

NaiveScheduler::Function* NaiveScheduler::find(FunctionId id) {
  if (id.index >= functions_.size() || functions_[id.index].id != id) return nullptr;
  return &functions_[id.index];
}

const NaiveScheduler::Function& NaiveScheduler::at(FunctionId id) const {
  return functions_.at(id.index);
}

NaiveScheduler::Environment* NaiveScheduler::find(EnvironmentId id) {
  const auto found = environments_.find(id.index);
  return found == environments_.end() ? nullptr : &found->second;
}

NaiveScheduler::Invocation* NaiveScheduler::find(InvocationId id) {
  const auto found = invocations_.find(id.index);
  return found == invocations_.end() ? nullptr : &found->second;
}

// The oldest first: an environment that was reset and started again is as old as its serial.
std::vector<NaiveScheduler::Key> NaiveScheduler::environments_of(const Function& function) const {
  std::vector<Key> keys;
  for (const auto& [key, environment] : environments_) {
    if (environment.function == function.id.index) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end(), [&](Key left, Key right) {
    return environments_.at(left).serial < environments_.at(right).serial;
  });
  return keys;
}

FunctionId NaiveScheduler::next_function() const {
  return {static_cast<std::uint32_t>(functions_.size()), 0};
}

InvocationId NaiveScheduler::next_invocation() const { return {next_invocation_, 0}; }

core::SlotView NaiveScheduler::slot(FunctionId function, Slot slot) const {
  const Function& found = at(function);
  const SlotRecord& record = found.slots.at(slot);
  core::SlotView view{.serial = record.serial, .given = record.given};
  view.last_used = record.last_used;
  if (!record.environment) return view;
  const Environment& environment = environments_.at(*record.environment);
  view.environment = {environment.key, 0};
  view.stale = environment.code < found.code;
  using State = core::SlotView::State;
  switch (environment.state) {
    case Environment::State::initialising:
      view.state = State::initialising;
      break;
    case Environment::State::idle:
      view.state = State::idle;
      break;
    case Environment::State::preparing:
      view.state = State::preparing;
      break;
    case Environment::State::busy:
      view.state = State::busy;
      break;
  }
  return view;
}

std::uint32_t NaiveScheduler::slot_count(FunctionId function) const {
  return static_cast<std::uint32_t>(at(function).slots.size());
}

std::uint32_t NaiveScheduler::waiting_count(FunctionId function) const {
  const Function& found = at(function);
  return waiting_of_kind(found, false) + waiting_of_kind(found, true);
}

std::uint32_t NaiveScheduler::environment_count() const {
  return static_cast<std::uint32_t>(environments_.size());
}

}  // namespace smyth::test
