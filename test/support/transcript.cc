#include "test/support/transcript.h"

#include "test/support/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::test {
namespace {

template <class Id>
void put(std::vector<std::pair<Id, std::string>>& names, Id id, const std::string& name) {
  if (names.size() <= id.index) names.resize(id.index + 1);
  names[id.index] = {id, name};
}

template <class Id>
std::string get(const std::vector<std::pair<Id, std::string>>& names, Id id) {
  if (id.index >= names.size() || names[id.index].first != id) return "?";
  return names[id.index].second;
}

std::string_view word(core::SlotView::State state) {
  using enum core::SlotView::State;
  switch (state) {
    case cold:
      return "cold";
    case initialising:
      return "initialising";
    case idle:
      return "idle";
    case preparing:
      return "preparing";
    case busy:
      return "busy";
  }
  return "?";
}

}  // namespace

void Transcript::function(const std::string& name, FunctionId id) {
  if (functions_.size() <= id.index) functions_.resize(id.index + 1);
  functions_[id.index] = name;
}

FunctionId Transcript::function(const std::string& name) const {
  const auto found = std::find(functions_.begin(), functions_.end(), name);
  if (found == functions_.end()) return {};
  return {static_cast<std::uint32_t>(found - functions_.begin()), 0};
}

void Transcript::name(InvocationId id, const std::string& name) {
  put(invocations_, id, name);
  ids_[name] = id;
}

InvocationId Transcript::invocation(const std::string& name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? InvocationId{} : found->second;
}

std::string Transcript::name_of(InvocationId id) const { return get(invocations_, id); }
std::string Transcript::name_of(EnvironmentId id) const { return get(environments_, id); }

EnvironmentId Transcript::environment(const std::string& name) const {
  const std::size_t which = name.find('@');
  const auto found = starts_.find(name.substr(0, which));
  if (found == starts_.end()) return {};
  if (which == std::string::npos) return found->second.back();
  const std::size_t start = std::stoul(name.substr(which + 1));
  if (start == 0 || start > found->second.size()) return {};
  return found->second[start - 1];
}

void Transcript::add(TimePoint now, std::span<const core::Action> actions) {
  for (const core::Action& action : actions) {
    Line made = line(now, action);
    if (made.names_follow && !lines_.empty()) {
      Line& last = lines_.back();
      const std::string verdict = made.what.substr(0, made.what.find(' '));
      const bool alike = last.names_follow && last.at == now && last.why == made.why &&
                         last.what.starts_with(verdict + " ");
      if (alike) {
        last.what += ", " + name_of(action.invocation);
        continue;
      }
    }
    lines_.push_back(std::move(made));
  }
}

Transcript::Line Transcript::line(TimePoint now, const core::Action& action) {
  const std::string invocation = name_of(action.invocation);
  using enum core::ActionKind;
  switch (action.kind) {
    case choose:
      return {now, "choose " + invocation, ""};
    case start:
      return this->start(now, action);
    case prepare:
      return {now, fmt::format("prepare {} {}", invocation, name_of(action.environment)), ""};
    case deliver: {
      const std::string until = action.deadline == TimePoint::max()
                                    ? "no deadline"
                                    : "until " + written(action.deadline.time_since_epoch());
      return {now, fmt::format("deliver {} {}", invocation, name_of(action.environment)), until};
    }
    case kill:
      return {now, "kill " + name_of(action.environment), ""};
    case stop:
      return {now, "stop " + name_of(action.environment), ""};
    case answer:
      return {now, fmt::format("{} {}", test::word(action.verdict()), invocation),
              std::string(test::word(action.reason)), true};
  }
  return {};
}

Transcript::Line Transcript::start(TimePoint now, const core::Action& action) {
  const std::string name =
      fmt::format("{}:{}#{}", functions_.at(action.function), action.slot, action.serial);
  put(environments_, action.environment, name);
  starts_[name].push_back(action.environment);
  std::string what = "start " + name;
  if (action.invocation) what += " for " + name_of(action.invocation);
  return {now, what, std::string(test::word(action.why()))};
}

void Transcript::show(TimePoint now, const core::Scheduler& scheduler) {
  for (std::uint32_t index = 0; index < functions_.size(); ++index) {
    const FunctionId function{index, 0};
    std::string slots;
    for (Slot slot = 0; slot < scheduler.slot_count(function); ++slot) {
      const core::SlotView view = scheduler.slot(function, slot);
      if (!slots.empty()) slots += ", ";
      slots += fmt::format("{}{}", view.stale ? "stale " : "", word(view.state));
      if (view.serial != 0) slots += fmt::format(" #{} given {}", view.serial, view.given);
    }
    const std::uint32_t waiting = scheduler.waiting_count(function);
    lines_.push_back({now, fmt::format("show {}: {}", functions_[index], slots),
                      fmt::format("{} waiting", waiting)});
  }
  lines_.push_back({now, fmt::format("show {} environments", scheduler.environment_count()), ""});
}

std::string Transcript::text() const {
  std::string text;
  for (const Line& line : lines_) {
    std::string written_line =
        fmt::format("{:<8} {:<32} {}", written(line.at.time_since_epoch()), line.what, line.why);
    while (written_line.ends_with(' ')) written_line.pop_back();
    text += written_line + "\n";
  }
  return text;
}

}  // namespace smyth::test
