#include "test/support/recorded_decisions.h"

#include "base/check.h"
#include "core/text.h"

#include <charconv>
#include <span>
#include <string_view>

namespace smyth::test {

RecordedDecisions::RecordedDecisions() : recorder_(record_, 0) {
  std::string header;
  std::getline(record_, header);
}

void RecordedDecisions::catch_up() {
  std::string line;
  while (std::getline(record_, line)) {
    if (line.starts_with("  ")) continue;  // An action: core::replay() compares those.
    const std::size_t space = line.find(' ');
    std::int64_t nanoseconds = 0;
    std::from_chars(line.data(), line.data() + space, nanoseconds);
    const auto parsed = core::parse_input(std::string_view(line).substr(space + 1));
    SMYTH_CHECK(parsed.has_value());
    repeat(parsed->whole(), TimePoint(Duration(nanoseconds)));
  }
  record_.clear();
}

void RecordedDecisions::repeat(const core::Input& input, TimePoint now) {
  miss();
  InvocationId arrival;
  if (input.kind == core::InputKind::arrive) {
    arrival = scheduler_.next_invocation();
    functions_[{arrival.index, arrival.generation}] = input.function;
  }
  const std::span<const core::Action> actions = scheduler_.handle(input, now);
  for (sim::Observer* observer : observers_) observer->saw({input, now, actions, arrival});
  expected_.assign(actions.begin(), actions.end());
}

std::optional<core::Action> RecordedDecisions::take() {
  if (expected_.empty()) return std::nullopt;
  const core::Action next = expected_.front();
  expected_.pop_front();
  return next;
}

FunctionId RecordedDecisions::function_of(InvocationId id) const {
  const auto found = functions_.find({id.index, id.generation});
  return found == functions_.end() ? FunctionId{} : found->second;
}

void RecordedDecisions::miss() {
  for (const core::Action& action : expected_) missing_ += core::to_text(action) + "\n";
  expected_.clear();
}

std::string RecordedDecisions::take_missing() {
  miss();
  return std::exchange(missing_, {});
}

}  // namespace smyth::test
