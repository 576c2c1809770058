#pragma once

#include "core/account.h"
#include "simulate/live_environments.h"
#include "simulate/question.h"
#include "simulate/watcher.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace smyth::simulate {

// Why a call was cold, warm, throttled or made to wait: which environments its function had when it
// arrived, what they did, which had ended before and by which rule, and what the limit was.
class Explanation final : public Watcher {
 public:
  // Of the call with this number; the first is 1.
  Explanation(std::uint64_t call, std::optional<core::AccountSpec> account)
      : call_(call), account_(account) {}

  // After the run; a line or more. Empty if no call with that number arrived.
  std::string text() const;
  std::uint64_t arrived_calls() const { return arrived_; }

  void added(const Function& function) override;
  void arrived(std::uint64_t number, std::uint32_t function, TimePoint at) override;
  void answered(const sim::CallRecord& call) override;
  void started(const sim::EnvironmentRecord& environment) override;
  void ready(const sim::EnvironmentRecord& environment) override;
  void delivered(const sim::EnvironmentRecord& environment) override;
  void ended(const sim::EnvironmentRecord& environment) override;
  void over(TimePoint end) override { end_ = end; }

 private:
  static constexpr std::size_t dead_max = 10;
  static constexpr std::size_t listed_max = 20;

  struct Dead {
    LiveEnvironment environment;
    TimePoint at{};
    std::string rule;
  };
  struct Known {
    std::string name;
    core::FunctionSpec spec;
    TimePoint last_answer{};
    std::deque<Dead> dead;         // The last ones.
    std::deque<TimePoint> starts;  // Of the last ten seconds.
  };
  // What there was when the call arrived.
  struct Scene {
    TimePoint at{};
    std::uint32_t function = 0;
    std::vector<LiveEnvironment> environments;  // Of its function, by serial number.
    std::vector<Dead> dead;
    std::uint32_t busy_of_all = 0;
    std::size_t starts = 0;
  };

  std::string rule_of(const LiveEnvironment& environment, TimePoint at) const;
  std::string outcome_text() const;
  std::string limit_text() const;
  std::string environments_text() const;
  std::string dead_text() const;

  std::uint64_t call_;
  std::optional<core::AccountSpec> account_;
  std::uint64_t arrived_ = 0;
  LiveEnvironments environments_;
  std::vector<Known> functions_;
  Scene scene_;
  bool has_arrived_ = false;  // Else there is no scene.
  std::optional<sim::CallRecord> record_;
  std::optional<sim::EnvironmentRecord> given_;  // The environment that was started for it, or had.
  bool is_cold_ = false;
  TimePoint end_{};
};

}  // namespace smyth::simulate
