#pragma once

#include "base/time.h"
#include "core/action.h"
#include "live/request.h"
#include "runtime/hooks.h"
#include "test/support/fake_runtime.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What stands around the live driver in tests: small real things in virtual time, without
// processes, sockets and clocks. Each keeps what it was asked for, and whether it was asked in a
// sensible order.
namespace smyth::test {

// Time that somebody else advances.
class VirtualTimer final : public live::Timer {
 public:
  static constexpr std::int64_t unix_ms_at_zero = 1'700'000'000'000;

  TimePoint now() override { return now_; }
  std::int64_t unix_ms() override {
    return unix_ms_at_zero +
           std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  }
  void wake_at(TimePoint when) override { wake_ = when; }

  void set(TimePoint now) { now_ = now; }
  void advance(Duration length) { now_ += length; }
  std::optional<TimePoint> wake() const { return wake_; }
  // The alarm is over when it rings.
  void forget_wake() { wake_.reset(); }

 private:
  TimePoint now_{};
  std::optional<TimePoint> wake_;
};

// Hooks that answer when the test does it for them.
class FakeHooks final : public runtime::Hooks {
 public:
  struct Call {
    core::ActionKind kind;
    InvocationId invocation;
    runtime::HookFunction function;
    runtime::HookRequest request;
    std::vector<runtime::HookProcess> processes;
  };

  explicit FakeHooks(OnOrder on_order = {}) : on_order_(std::move(on_order)) {}

  void prepare(InvocationId id, const runtime::HookFunction& function,
               const runtime::HookRequest& request, const runtime::HookProcess& process) override {
    calls.push_back({core::ActionKind::prepare, id, function, request, {process}});
    told();
  }
  void choose(InvocationId id, const runtime::HookFunction& function,
              const std::vector<runtime::HookProcess>& processes) override {
    calls.push_back({core::ActionKind::choose, id, function, {}, processes});
    told();
  }
  void restart() override { ++restarts; }

  std::vector<Call> calls;
  int restarts = 0;

 private:
  void told() {
    if (on_order_) on_order_({calls.back().kind, calls.back().invocation, {}});
  }

  OnOrder on_order_;
};

// Keeps the answers, with all that a view would lose.
class FakeFront final : public live::Front {
 public:
  struct Answer {
    InvocationId id;
    std::string request_id;
    core::Verdict verdict;
    core::Reason reason;
    std::string environment;
    std::string document;
    std::string detail;
    std::string reload_error;
    std::string tail;
    ExitStatus exit;  // Its words are constants.
    bool cold;
    bool is_answered;
    Duration elapsed;
  };

  explicit FakeFront(OnOrder on_order = {}) : on_order_(std::move(on_order)) {}

  void accepted(live::Request& request) override {
    request.is_answered = true;
    accepted_ids.push_back(request.request_id);
    if (behind) behind->accepted(request);
  }
  void answer(const live::Answer& answer) override {
    const live::Request& request = answer.request;
    answers.push_back({.id = request.id,
                       .request_id = request.request_id,
                       .verdict = answer.verdict,
                       .reason = answer.reason,
                       .environment = std::string(answer.environment),
                       .document = std::string(answer.document),
                       .detail = std::string(answer.detail),
                       .reload_error = std::string(answer.reload_error),
                       .tail = request.tail ? std::string(request.tail->text()) : std::string{},
                       .exit = answer.exit,
                       .cold = request.cold,
                       .is_answered = request.is_answered,
                       .elapsed = answer.elapsed});
    if (on_order_) on_order_({core::ActionKind::answer, request.id, {}});
    if (on_answer) on_answer();
    if (behind) behind->answer(answer);
  }

  std::vector<Answer> answers;
  std::vector<std::string> accepted_ids;
  std::function<void()> on_answer;
  live::Front* behind = nullptr;  // Hears all of it as well.

 private:
  OnOrder on_order_;
};

}  // namespace smyth::test
