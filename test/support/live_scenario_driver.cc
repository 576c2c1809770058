#include "test/support/live_scenario_driver.h"

#include "base/check.h"
#include "core/text.h"
#include "live/driver.h"
#include "test/support/live_fakes.h"
#include "test/support/project_files.h"
#include "test/support/recorded_decisions.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace smyth::test {
namespace {

// Each function has a source file, on a real disk.
std::string source(std::uint32_t function) { return fmt::format("function_{}.py", function); }

// How long whoever waits for the terminal waits before it asks again whether it has it.
constexpr Duration patience = std::chrono::milliseconds(1);

class LiveScenarioDriver final : public ScenarioDriver {
 public:
  enum class Files : std::uint8_t { old, young };

  LiveScenarioDriver(sim::ProcessModel& processes, Files files)
      : processes_(processes),
        files_(files),
        driver_({.runtime = runtime_,
                 .hooks = hooks_,
                 .front = front_,
                 .timer = timer_,
                 .log = log_,
                 .recorder = &decisions_.recorder(),
                 .take_terminal = [this] { return take_terminal(); },
                 .return_terminal = [this] { is_terminal_taken_ = false; },
                 .make_uuid = [this] { return fmt::format("uuid-{}", ++uuids_); }}) {
    runtime_.set_events(driver_);
  }

  const core::Scheduler& scheduler() const override { return decisions_.scheduler(); }
  TimePoint now() const override { return now_; }
  void watch(sim::Observer& observer) override { decisions_.watch(observer); }
  std::string violation() const override { return violation_ + runtime_.violation(); }

  void run_before(TimePoint at, sim::Rank rank) override {
    while (auto next = first()) {
      if (std::tuple(next->at, next->rank) >= std::tuple(at, rank)) return;
      step(*next);
    }
  }
  void run_until(TimePoint end) override {
    while (auto next = first()) {
      if (next->at > end) return;
      step(*next);
    }
  }

  void submit(const core::Input& input, TimePoint at) override {
    SMYTH_CHECK(at >= now_);
    now_ = at;
    timer_.set(at);
    tell(input);
    decisions_.catch_up();
    if (const std::string missing = decisions_.take_missing(); !missing.empty()) {
      complain("not carried out: " + missing);
    }
    look_around();
  }

 private:
  struct Next {
    TimePoint at;
    sim::Rank rank;
  };

  // What happens next by itself: the timer rings, or a process or hook says something.
  std::optional<Next> first() const {
    std::optional<Next> next;
    const std::optional<TimePoint> wake = timer_.wake();
    if (wake) next = {std::max(*wake, now_), sim::Rank::timer};
    if (agenda_.empty()) return next;
    const Next planned{std::max(agenda_.first().at, now_), agenda_.first().rank};
    if (!next || std::tuple(planned.at, planned.rank) < std::tuple(next->at, next->rank))
      return planned;
    return next;
  }

  void step(const Next& next) {
    if (next.rank == sim::Rank::timer) {
      timer_.forget_wake();
      submit(core::Input::tick(), next.at);
      SMYTH_CHECK(timer_.wake().value_or(TimePoint::max()) > now_);
      return;
    }
    const sim::Agenda::Entry entry = agenda_.take();
    if (!concerns_environment(entry.input.kind)) return submit(entry.input, next.at);
    // Nothing is told of an environment that was killed or stopped.
    const auto* environment = runtime_.find(entry.input.environment);
    if (!environment) return;
    const bool waits_for_terminal = environment->is_paused && !environment->has_terminal;
    if (waits_for_terminal) return agenda_.add(entry.input, next.at + patience);
    submit(entry.input, next.at);
  }

  // What holds between any two inputs.
  void look_around() {
    const std::uint32_t alive = decisions_.scheduler().environment_count();
    const std::size_t processes = runtime_.process_count();
    const bool is_as_decided = files_ == Files::old ? processes == alive : processes <= alive;
    if (!is_as_decided) complain("processes that nobody decided");
    if (driver_.is_quiet() != (alive == 0)) complain("is_quiet() is wrong");
    const auto is_waiting = [&](const auto& each) { return is_alive(each) && each.is_paused; };
    const auto is_owner = [&](const auto& each) { return is_alive(each) && each.has_terminal; };
    const auto owners = std::ranges::count_if(runtime_.all(), is_owner);
    if (owners != (is_terminal_taken_ ? 1 : 0)) complain("the terminal is lost, or with two");
    if (owners == 0 && std::ranges::any_of(runtime_.all(), is_waiting)) {
      complain("one waits for a terminal that is free");
    }
  }

  static bool is_alive(const FakeRuntime::Environment& environment) {
    return environment.state != FakeRuntime::State::dead;
  }
  // Every fifth time it is in other hands.
  bool take_terminal() {
    if (is_terminal_taken_) complain("the terminal is taken twice");
    is_terminal_taken_ = ++terminal_wishes_ % 5 != 0;
    return is_terminal_taken_;
  }

  static bool concerns_environment(core::InputKind kind) {
    using enum core::InputKind;
    return kind == ready || kind == failed || kind == completed || kind == exited ||
           kind == paused || kind == resumed || kind == answered;
  }

  // --- In: what adapters tell the driver

  void tell(const core::Input& input) {
    using enum core::InputKind;
    switch (input.kind) {
      case configure:
        return configured(input);
      case remove:
        return driver_.remove(input.function.index);
      case account:
        return driver_.limit_account(*input.account);
      case arrive:
        return arrived(input);
      case abandon:
        return driver_.gone(exchange_of(input.invocation));
      case chosen:
        return driver_.on_chosen(input.invocation, input.slot);
      case choice_failed:
        return driver_.on_choice_failed(input.invocation, "a traceback");
      case prepared:
        return driver_.on_prepared(input.invocation, {.event = {}, .context = {}});
      case prepare_failed:
        return driver_.on_prepare_failed(input.invocation, "a traceback");
      case code_changed:
        save(input.function.index);
        return driver_.changed({sources_.path(source(input.function.index))}, false);
      case shutdown:
        return driver_.shutdown(input.deadline - now_);
      case tick:
        return driver_.tick();
      case answered:
      case ready:
      case failed:
      case completed:
      case exited:
      case paused:
      case resumed:
        return of_environment(input);
    }
  }

  void of_environment(const core::Input& input) {
    using enum core::InputKind;
    const EnvironmentId id = input.environment;
    const std::vector<runtime::LoadedModule> modules = loaded(id);
    if (input.kind == ready) return runtime_.ready(id, modules);
    if (input.kind == exited) return runtime_.exit(id);
    if (input.kind == paused) return runtime_.pause(id);
    if (input.kind == resumed) {
      const auto* environment = runtime_.find(id);
      if (environment && environment->has_terminal) runtime_.proceed(id);
      return;  // It was refused, and went on by itself.
    }
    if (input.kind == failed) {
      const auto failure = static_cast<core::InitFailure>(input.detail);
      if (failure == core::InitFailure::reported) return runtime_.fail(id, "\"failed\"", modules);
      if (failure == core::InitFailure::exited) return runtime_.exit(id);
      return runtime_.fail_spawn(id, {ErrorCode::failed, "no fork", ""});
    }
    const bool is_success = static_cast<core::Outcome>(input.detail) == core::Outcome::success;
    if (input.kind == answered) {
      return runtime_.answer_early(id, is_success ? "\"result\"" : "\"error\"", !is_success);
    }
    const auto* finished = runtime_.find(id);
    const bool has_answered =
        finished != nullptr && finished->state == FakeRuntime::State::answered;
    if (has_answered) return runtime_.finish(id);
    is_success ? runtime_.answer(id, "\"result\"") : runtime_.raise(id, "\"error\"");
  }

  // What it read when it started; told once.
  std::vector<runtime::LoadedModule> loaded(EnvironmentId id) {
    const auto found = loaded_.extract({id.index, id.generation});
    if (found.empty()) return {};
    return {found.mapped()};
  }

  void save(std::uint32_t function) const {
    sources_.save(source(function));
    if (files_ == Files::old) sources_.age(source(function));
  }

  void configured(const core::Input& input) {
    config::Function function;
    function.name = fmt::format("function_{}", input.function.index);
    function.handler_path = "app.handler";
    function.spec = *input.spec;
    if (input.spec->strategy == core::Strategy::user) function.strategy = "hooks.strategy";
    if (input.spec->prepares) function.event_function = "hooks.event";
    if (input.function == decisions_.scheduler().next_function()) {
      save(input.function.index);
      driver_.add(function, "arn", {});
    } else {
      driver_.change(input.function.index, function, {});
    }
  }

  void arrived(const core::Input& input) {
    auto request = driver_.make_request();
    const bool is_event = static_cast<core::Arrival>(input.detail) == core::Arrival::event;
    request->caller = is_event ? live::Caller::event : live::Caller::invoke;
    request->exchange = {.connection = exchange_count_++, .generation = 1};
    request->event = fmt::format("\"{}\"", request->request_id);
    const std::size_t accepted = front_.accepted_ids.size();
    const std::size_t answered = front_.answers.size();
    const std::string request_id = request->request_id;
    exchanges_[key(decisions_.scheduler().next_invocation())] = request->exchange;
    driver_.arrive(input.function.index, std::move(request));
    const bool is_refused =
        answered < front_.answers.size() && front_.answers.back().request_id == request_id;
    const bool is_accepted = accepted < front_.accepted_ids.size();
    if (is_accepted != (is_event && !is_refused)) complain("accepted() is told wrongly");
  }

  front::ExchangeId exchange_of(InvocationId id) const {
    const auto found = exchanges_.find(key(id));
    return found == exchanges_.end() ? front::ExchangeId{} : found->second;
  }

  // --- Out: what the driver has decided, and what it does about it

  void carried_out(const Order& order) {
    decisions_.catch_up();
    const std::optional<core::Action> action = decisions_.take();
    if (!action) return complain("carried out, but not decided");
    const bool is_same = action->kind == order.kind &&
                         (!order.invocation || order.invocation == action->invocation) &&
                         (!order.environment || order.environment == action->environment);
    if (!is_same) return complain("carried out otherwise: " + core::to_text(*action));
    if (action->kind == core::ActionKind::start) started(*action);
    if (action->kind == core::ActionKind::deliver) delivered(*action);
    if (action->kind == core::ActionKind::answer) answered(*action);
    react(*action);
  }

  // A name says the slot; a log stream belongs to an environment, also when it starts again.
  void started(const core::Action& action) {
    const auto& environment = runtime_.all().back();
    loaded_[key(action.environment)] = sources_.read(source(action.function));
    if (environment.spec.name != fmt::format("function_{}:{}", action.function, action.slot)) {
      complain("starts `" + environment.spec.name + "`");
    }
    const std::string& stream = environment.spec.log_stream;
    const auto [known, is_new] = streams_.try_emplace({action.function, action.serial}, stream);
    if (known->second != stream) complain("another log stream after a reset");
    const auto same =
        std::ranges::count_if(streams_, [&](const auto& each) { return each.second == stream; });
    if (same != 1) complain("a log stream that another environment has");
  }

  void delivered(const core::Action& action) {
    const auto* to = runtime_.find(action.environment);
    if (to->event != '"' + to->request_id + '"') complain("delivers the event of another");
    given_[to->request_id] = action.invocation;
    const auto until =
        std::chrono::ceil<std::chrono::milliseconds>(action.deadline.time_since_epoch());
    const bool is_limited = action.deadline != TimePoint::max();
    const std::int64_t expected =
        is_limited ? VirtualTimer::unix_ms_at_zero + until.count() : std::int64_t{0};
    if (std::abs(to->deadline_unix_ms - expected) > 1) complain("delivers with another deadline");
  }

  void answered(const core::Action& action) {
    const FakeFront::Answer& answer = front_.answers.back();
    if (answer.verdict != action.verdict() || answer.reason != action.reason) {
      complain("answers otherwise");
    }
    const bool is_given = given_.contains(answer.request_id);
    if (is_given && given_[answer.request_id] != action.invocation) complain("answers another");
    const bool has_result = answer.document == "\"result\"" || answer.document == "\"error\"";
    const bool is_result =
        answer.verdict == core::Verdict::success || answer.verdict == core::Verdict::function_error;
    if (has_result != is_result) complain("a document with the wrong answer");
  }

  void react(const core::Action& action) {
    const bool is_start = action.kind == core::ActionKind::start;
    const FunctionId function =
        is_start ? FunctionId{action.function, 0} : decisions_.function_of(action.invocation);
    if (!function) return;
    const auto reaction = processes_.react(action, function);
    if (!reaction) return;
    core::Input input;
    input.kind = reaction->kind;
    input.detail = reaction->detail;
    input.slot = reaction->slot;
    input.invocation = action.invocation;
    if (concerns_environment(input.kind)) input.environment = action.environment;
    TimePoint at = now_ + reaction->after;
    if (reaction->pause_for > Duration{0}) {
      const TimePoint pause = now_ + reaction->pause_after;
      agenda_.add(core::Input::paused(action.environment), pause);
      agenda_.add(core::Input::resumed(action.environment), pause + reaction->pause_for);
      at += reaction->pause_for;
    }
    agenda_.add(input, at);
    if (input.kind == core::InputKind::answered) {
      at += reaction->linger;
      const auto outcome = static_cast<core::Outcome>(input.detail);
      agenda_.add(core::Input::completed(action.environment, action.invocation, outcome), at);
    }
    if (reaction->exit_after > Duration{0}) {
      agenda_.add(core::Input::exited(action.environment), at + reaction->exit_after);
    }
  }

  template <class Id>
  static std::pair<std::uint32_t, std::uint32_t> key(Id id) {
    return {id.index, id.generation};
  }

  void complain(const std::string& what) {
    violation_ += fmt::format("{} (at {} ns)\n", what, now_.time_since_epoch().count());
  }

  template <class Value>
  using ById = std::map<std::pair<std::uint32_t, std::uint32_t>, Value>;

  sim::ProcessModel& processes_;
  Files files_;
  ProjectFiles sources_;
  TimePoint now_{};
  sim::Agenda agenda_;
  RecordedDecisions decisions_;
  ById<front::ExchangeId> exchanges_;          // By invocation.
  ById<runtime::LoadedModule> loaded_;         // By environment.
  ById<std::string> streams_;                  // By function and serial.
  std::map<std::string, InvocationId> given_;  // By request id.
  std::uint32_t exchange_count_ = 0;
  std::uint32_t terminal_wishes_ = 0;
  bool is_terminal_taken_ = false;
  std::uint64_t uuids_ = 0;
  std::string violation_;

  OnOrder on_order_ = [this](const Order& order) { carried_out(order); };
  VirtualTimer timer_;
  FakeRuntime runtime_{on_order_};
  FakeHooks hooks_{on_order_};
  FakeFront front_{on_order_};
  observe::Log log_{{.fd = -1, .level = observe::Level::critical, .quiet = true, .output = false}};
  live::Driver driver_;
};

}  // namespace

std::unique_ptr<ScenarioDriver> live_scenario_driver(sim::ProcessModel& processes) {
  return std::make_unique<LiveScenarioDriver>(processes, LiveScenarioDriver::Files::old);
}

std::unique_ptr<ScenarioDriver> doubting_live_driver(sim::ProcessModel& processes) {
  return std::make_unique<LiveScenarioDriver>(processes, LiveScenarioDriver::Files::young);
}

}  // namespace smyth::test
