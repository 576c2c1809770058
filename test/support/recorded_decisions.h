#pragma once

#include "core/record.h"
#include "core/scheduler.h"
#include "sim/observer.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace smyth::test {

// What a live driver has decided, from its record: a scheduler of its own repeats each input, and
// its actions are to be carried out, in order, before the next input is.
class RecordedDecisions {
 public:
  RecordedDecisions();

  core::Recorder& recorder() { return recorder_; }
  const core::Scheduler& scheduler() const { return scheduler_; }
  void watch(sim::Observer& observer) { observers_.push_back(&observer); }

  // Repeats what was recorded since the last time.
  void catch_up();
  // The action that is to be carried out now, once; nullopt if none is left.
  std::optional<core::Action> take();
  // None of an invocation that never arrived.
  FunctionId function_of(InvocationId id) const;

  // Actions that nobody has carried out, as text; empty if there are none. They are forgotten.
  std::string take_missing();

 private:
  void repeat(const core::Input& input, TimePoint now);
  void miss();

  std::stringstream record_;
  core::Recorder recorder_;
  core::Scheduler scheduler_;
  std::vector<sim::Observer*> observers_;
  std::deque<core::Action> expected_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, FunctionId> functions_;  // By invocation.
  std::string missing_;
};

}  // namespace smyth::test
