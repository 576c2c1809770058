#include "sim/simulation.h"

#include "base/check.h"

#include <algorithm>

namespace smyth::sim {

Simulation::Simulation(std::uint64_t seed, const std::vector<SimulatedFunction>& functions)
    : seed_(seed), processes_(seed), driver_(scheduler_, processes_), functions_(functions) {}

void Simulation::configure() {
  if (!ids_.empty()) return;
  for (const SimulatedFunction& function : functions_) {
    const FunctionId id = scheduler_.next_function();
    ids_.push_back(id);
    processes_.set(id, function.behaviour);
    driver_.submit(core::Input::configure(id, function.spec), driver_.now());
    workloads_.emplace_back(id, function.arrivals, seed_);
    if (function.code_changes.mean == Duration{0}) continue;
    Changes changes{id, function.code_changes, driver_.now(),
                    Prng(seed_, std::uint64_t{id.index} * 8 + 6)};
    changes.next_at += changes.gap.draw(changes.prng);
    changes_.push_back(changes);
  }
}

void Simulation::run_steps(std::uint64_t steps) {
  configure();
  while (driver_.steps() < steps) bring_next(TimePoint::max());
}

void Simulation::run_for(Duration length) {
  configure();
  const TimePoint end = driver_.now() + length;
  while (bring_next(end)) {
  }
  driver_.run_until(end);
}

bool Simulation::bring_next(TimePoint end) {
  const auto workload = std::min_element(
      workloads_.begin(), workloads_.end(),
      [](const Workload& left, const Workload& right) { return left.next_at() < right.next_at(); });
  const auto change = std::min_element(
      changes_.begin(), changes_.end(),
      [](const Changes& left, const Changes& right) { return left.next_at < right.next_at; });
  SMYTH_CHECK(workload != workloads_.end());
  if (change != changes_.end() && change->next_at <= workload->next_at()) {
    const TimePoint at = change->next_at;
    if (at > end) return false;
    change->next_at += change->gap.draw(change->prng) + Duration{1};
    driver_.run_before(at, Rank::arrival);
    driver_.submit(core::Input::code_changed(change->function), at);
    return true;
  }
  const TimePoint at = workload->next_at();
  if (at > end) return false;
  const Workload::Arrival arrival = workload->take();
  driver_.run_before(at, Rank::arrival);
  const InvocationId id = driver_.submit(arrival.input, at);
  if (arrival.abandons) driver_.schedule(core::Input::abandon(id), at + arrival.patience);
  return true;
}

void Simulation::drain(Duration length) { driver_.run_until(driver_.now() + length); }

void Simulation::shut_down(Duration grace) {
  const TimePoint now = driver_.now();
  driver_.run_before(now, Rank::arrival);
  driver_.submit(core::Input::shutdown(now + grace), now);
  drain();
}

}  // namespace smyth::sim
