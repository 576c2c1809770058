#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "sim/observer.h"

#include <array>
#include <cstdint>
#include <vector>

namespace smyth::sim {

// Counts and time averages of a run, from what went in and came out.
class Summary final : public Observer {
 public:
  static constexpr std::size_t verdicts = 11;

  void saw(const Step& step) override;

  std::uint64_t arrivals = 0;
  std::uint64_t delivered = 0;
  std::uint64_t waited = 0;                       // Delivered later than they arrived.
  std::array<std::uint64_t, verdicts> answers{};  // By core::Verdict.
  std::uint64_t starts = 0;                       // Of environments, whatever the reason.
  std::uint64_t cold_starts = 0;                  // Of environments with Start::cold.
  std::uint64_t stops = 0;
  Duration waiting{0};  // From arrival to delivery, summed.

  std::uint64_t answered(core::Verdict verdict) const {
    return answers[static_cast<std::size_t>(verdict)];
  }

  // The mean number of busy environments, and of all environments, up to the last step.
  double mean_busy() const { return mean(busy_area_); }
  double mean_alive() const { return mean(alive_area_); }

  // The share of the time in which exactly `busy` environments were busy.
  double share_with_busy(std::size_t busy) const;

 private:
  struct Environment {
    EnvironmentId id;
    bool alive = false;
    bool busy = false;
  };

  double mean(const std::vector<Duration>& area) const;
  void advance(TimePoint now);
  void end_run(EnvironmentId id);
  void end(EnvironmentId id);
  void deliver(const core::Action& action, TimePoint now);
  void saw_action(const core::Action& action, TimePoint now);

  std::vector<Duration> busy_area_;   // How long so many were busy, by number.
  std::vector<Duration> alive_area_;  // How long so many existed, by number.
  std::vector<Environment> environments_;
  std::vector<TimePoint> arrived_;  // By index of the invocation.
  std::size_t busy_ = 0;
  std::size_t alive_ = 0;
  TimePoint last_{};
};

}  // namespace smyth::sim
