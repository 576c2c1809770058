#include "simulate/record_summary.h"

#include <algorithm>

namespace smyth::simulate {
namespace {

template <class T>
typename std::vector<T>::reference at_index(std::vector<T>& values, std::uint32_t index) {
  if (values.size() <= index) values.resize(std::size_t{index} + 1);
  return values[index];
}

}  // namespace

void RecordSummary::add(const core::ReplayedStep& step) {
  using enum core::InputKind;
  const core::Input& input = step.input;
  if (!counts_.first) counts_.first = step.now;
  counts_.last = step.now;
  const std::uint32_t function = input.function.index;
  if (input.kind == configure) {
    counts_.functions += function == counts_.functions ? 1 : 0;
  } else if (input.kind == arrive && function < counts_.functions) {
    ++counts_.calls;
    at_index(cold_, step.arrived.index) = false;
  } else if (input.kind == failed || input.kind == exited) {
    ended(input.environment);
  }
  for (const core::Action& action : step.actions) {
    switch (action.kind) {
      case core::ActionKind::start:
        started(action);
        break;
      case core::ActionKind::kill:
      case core::ActionKind::stop:
        ended(action.environment);
        break;
      case core::ActionKind::answer:
        ++counts_.verdicts[static_cast<std::size_t>(action.verdict())];
        if (action.verdict() == core::Verdict::throttled) {
          ++counts_.throttled[static_cast<std::size_t>(action.reason)];
        }
        break;
      case core::ActionKind::choose:
      case core::ActionKind::prepare:
      case core::ActionKind::deliver:
        break;
    }
  }
}

void RecordSummary::started(const core::Action& action) {
  const core::Start why = action.why();
  const bool is_new = why != core::Start::reset && why != core::Start::init_again;
  counts_.started += is_new ? 1 : 0;
  at_index(alive_, action.environment.index) = action.environment;
  counts_.peak = std::max(counts_.peak, ++alive_count_);
  if (!action.invocation) return;
  // An init that is done once more is of the same cold start.
  const auto is_cold = at_index(cold_, action.invocation.index);
  counts_.cold += is_cold ? 0 : 1;
  cold_[action.invocation.index] = true;
}

// News of processes that are gone already are of no interest.
void RecordSummary::ended(EnvironmentId id) {
  if (id.index >= alive_.size() || alive_[id.index] != id) return;
  alive_[id.index] = {};
  --alive_count_;
}

}  // namespace smyth::simulate
