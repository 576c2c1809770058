#pragma once

#include "core/scheduler.h"
#include "sim/observer.h"
#include "test/support/naive_scheduler.h"

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::test {

// Gives each input of a driver to the naive scheduler as well, and demands the same actions, one by
// one, and the same view of the slots. Ids are translated, since the two number differently.
class Comparison final : public sim::Observer {
 public:
  explicit Comparison(const core::Scheduler& scheduler) : scheduler_(scheduler) {}

  void saw(const sim::Step& step) override;

  // The first difference; empty if there is none.
  const std::string& difference() const { return difference_; }
  std::uint64_t steps() const { return steps_; }

 private:
  core::Input translated(const sim::Step& step);
  std::string written(const core::Action& action, bool translate);
  bool same(const core::Action& ours, const core::Action& naive) const;
  void compare_actions(const sim::Step& step, std::span<const core::Action> naive);
  void compare_views();

  const core::Scheduler& scheduler_;
  NaiveScheduler naive_;
  std::vector<FunctionId> functions_;
  std::vector<std::pair<InvocationId, InvocationId>> invocations_;     // By index of the first.
  std::vector<std::pair<EnvironmentId, EnvironmentId>> environments_;  // Likewise.
  std::string difference_;
  std::uint64_t steps_ = 0;
};

}  // namespace smyth::test
