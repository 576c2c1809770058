#include "simulate/recorded_calls.h"

#include "core/replay.h"
#include "simulate/open_record.h"

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>

namespace smyth::simulate {
namespace {

using traffic::Call;
using traffic::unsaid;
using Lengths = RecordedCallsOptions::Lengths;

template <class T>
T& at_index(std::vector<T>& values, std::uint32_t index) {
  if (values.size() <= index) values.resize(std::size_t{index} + 1);
  return values[index];
}

class RecordedCalls final : public traffic::CallSource {
 public:
  RecordedCalls(std::unique_ptr<std::istream> in, std::string name, RecordedCallsOptions options)
      : in_(std::move(in)), name_(std::move(name)), options_(std::move(options)), replayer_(*in_) {}

  Result<std::span<const Call>> next_batch() override {
    batch_.clear();
    while (batch_.size() < batch_max) {
      if (!calls_.empty() && is_ready(calls_.front())) {
        batch_.push_back(take());
      } else if (is_over_) {
        break;
      } else if (auto read = read_step(); !read) {
        return std::unexpected(std::move(read.error()));
      }
    }
    if (batch_.empty() && taken_ == 0) {
      return misuse(fmt::format("{}: there is no call in the record", name_));
    }
    return std::span<const Call>(batch_);
  }

  std::span<const std::string> functions() const override { return names_; }

  std::optional<TimePoint> end() const override { return end_; }

 private:
  static constexpr std::size_t batch_max = 512;
  static constexpr std::size_t calls_max = std::size_t{1} << 22;

  // So many calls may wait for the first of their function that runs.
  static constexpr std::size_t patience = std::size_t{1} << 16;

  // A call that has arrived, in a line until it is over and all before it are.
  struct Waiting {
    Call call;
    bool is_over = false;
  };
  struct Invocation {
    InvocationId id;
    std::uint64_t number = 0;  // Of its call, from zero.
    std::optional<TimePoint> delivered;
  };
  struct Environment {
    TimePoint started{};
    InvocationId invocation;  // That it starts for.
    std::uint32_t function = 0;
  };
  // The latest lengths that were seen.
  struct Seen {
    Duration duration = unsaid;
    Duration init = unsaid;
  };

  bool is_ready(const Waiting& waiting) const {
    if (is_over_) return true;
    if (!waiting.is_over) return false;
    return options_.durations == Lengths::unsaid || waiting.call.duration >= Duration{0} ||
           seen_[waiting.call.function].duration >= Duration{0} || calls_.size() > patience;
  }

  Call take() {
    Call call = calls_.front().call;
    const Seen& seen = seen_[call.function];
    if (call.duration < Duration{0}) call.duration = seen.duration;
    if (call.init < Duration{0}) call.init = seen.init;
    calls_.pop_front();
    ++taken_;
    return call;
  }

  Result<void> read_step() {
    auto next = replayer_.next();
    if (!next) {
      Error error = std::move(next.error());
      error.message = fmt::format("{}: {}", name_, error.message);
      if (replayer_.difference()) error.hint = "it can be read by the smyth that has recorded it";
      return std::unexpected(std::move(error));
    }
    const std::optional<core::ReplayedStep>& step = *next;
    is_over_ = !step;
    if (!step) return {};
    end_ = step->now;
    take_input(*step);
    for (const core::Action& action : step->actions) take_action(action, step->now);
    if (calls_.size() < calls_max) return {};
    return misuse(fmt::format("{}: more than {} calls came while one ran", name_, calls_max));
  }

  void take_input(const core::ReplayedStep& step) {
    const core::Input& input = step.input;
    if (input.kind == core::InputKind::configure) {
      if (input.function == FunctionId{static_cast<std::uint32_t>(names_.size()), 0})
        add_function();
    } else if (input.kind == core::InputKind::arrive && input.function.index < names_.size()) {
      at_index(invocations_, step.arrived.index) = {
          .id = step.arrived, .number = taken_ + calls_.size(), .delivered = std::nullopt};
      calls_.push_back({.call = {.at = step.now, .function = input.function.index}});
    } else if (input.kind == core::InputKind::ready) {
      take_init(input.environment, step.now);
    }
  }

  void add_function() {
    const std::size_t number = names_.size();
    names_.push_back(number < options_.names.size() ? options_.names[number]
                                                    : fmt::format("function {}", number));
    seen_.emplace_back();
  }

  void take_init(EnvironmentId id, TimePoint now) {
    if (options_.inits == Lengths::unsaid || id.index >= environments_.size()) return;
    const Environment& environment = environments_[id.index];
    const Duration init = now - environment.started;
    seen_[environment.function].init = init;
    if (Call* call = call_of(environment.invocation)) call->init = init;
  }

  void take_action(const core::Action& action, TimePoint now) {
    if (action.kind == core::ActionKind::start) {
      at_index(environments_, action.environment.index) = {
          .started = now, .invocation = action.invocation, .function = action.function};
    } else if (action.kind == core::ActionKind::deliver) {
      at_index(invocations_, action.invocation.index).delivered = now;
    } else if (action.kind == core::ActionKind::answer) {
      take_answer(action, now);
    }
  }

  void take_answer(const core::Action& action, TimePoint now) {
    Call* call = call_of(action.invocation);
    if (call == nullptr) return;
    const Invocation& invocation = invocations_[action.invocation.index];
    // What was never delivered was refused, or its init failed.
    if (invocation.delivered && options_.durations == Lengths::as_seen) {
      call->duration = now - *invocation.delivered;
      seen_[call->function].duration = call->duration;
    }
    calls_[invocation.number - taken_].is_over = true;
  }

  // Null: it is none of a function that is configured, or has been handed out.
  Call* call_of(InvocationId id) {
    if (!id || id.index >= invocations_.size()) return nullptr;
    const Invocation& invocation = invocations_[id.index];
    if (invocation.id != id || invocation.number < taken_) return nullptr;
    return &calls_[invocation.number - taken_].call;
  }

  std::unique_ptr<std::istream> in_;
  std::string name_;
  RecordedCallsOptions options_;
  core::Replayer replayer_;
  std::vector<Call> batch_;
  std::deque<Waiting> calls_;
  std::uint64_t taken_ = 0;  // Calls that were handed out.
  bool is_over_ = false;
  std::optional<TimePoint> end_;
  std::vector<std::string> names_;
  std::vector<Seen> seen_;                 // By function.
  std::vector<Invocation> invocations_;    // By index.
  std::vector<Environment> environments_;  // Likewise.
};

}  // namespace

std::unique_ptr<traffic::CallSource> read_recorded_calls(std::unique_ptr<std::istream> in,
                                                         std::string name,
                                                         RecordedCallsOptions options) {
  return std::make_unique<RecordedCalls>(std::move(in), std::move(name), std::move(options));
}

Result<std::unique_ptr<traffic::CallSource>> open_recorded_calls(const std::string& file,
                                                                 RecordedCallsOptions options) {
  auto in = open_record(file);
  if (!in) return std::unexpected(std::move(in.error()));
  return read_recorded_calls(*std::move(in), file, std::move(options));
}

}  // namespace smyth::simulate
