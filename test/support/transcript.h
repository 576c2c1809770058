#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "core/scheduler.h"

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smyth::test {

// Decisions as the text of a scenario, with the names that people gave to functions and
// invocations.
class Transcript {
 public:
  void function(const std::string& name, FunctionId id);
  void name(InvocationId id, const std::string& name);

  // The ids that belong to names; none if there are none. An environment's name is `orders:0#7`,
  // its latest start, or `orders:0#7@1`, its first.
  FunctionId function(const std::string& name) const;
  InvocationId invocation(const std::string& name) const;
  EnvironmentId environment(const std::string& name) const;
  std::string name_of(InvocationId id) const;

  void add(TimePoint now, std::span<const core::Action> actions);
  void show(TimePoint now, const core::Scheduler& scheduler);

  std::string text() const;

 private:
  struct Line {
    TimePoint at;
    std::string what;
    std::string why;
    bool names_follow = false;  // An answer: the next like it may join.
  };

  Line line(TimePoint now, const core::Action& action);
  Line start(TimePoint now, const core::Action& action);
  std::string name_of(EnvironmentId id) const;

  std::vector<std::string> functions_;
  std::vector<std::pair<InvocationId, std::string>> invocations_;    // By index.
  std::vector<std::pair<EnvironmentId, std::string>> environments_;  // By index.
  std::map<std::string, std::vector<EnvironmentId>> starts_;         // By name, in order.
  std::map<std::string, InvocationId> ids_;
  std::vector<Line> lines_;
};

}  // namespace smyth::test
