#pragma once

#include "base/prng.h"
#include "core/scheduler.h"
#include "sim/agenda.h"
#include "sim/checkers.h"
#include "sim/observer.h"
#include "test/support/comparison.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smyth::test {

// A short random scenario: one or two functions with random settings, and inputs that could come at
// any moment, also for what is no more. Times are few and whole, so that much happens at one
// moment. Equal times come in the contract's order; whether deadlines are met in time or some input
// comes late is random too. The scheduler, the naive one and the checkers watch each step.
class RandomWalk {
 public:
  explicit RandomWalk(std::uint64_t seed);

  // Up to some hundred steps. What went wrong, with all inputs so far; empty if nothing did.
  std::string run();

  std::uint64_t steps() const { return comparison_.steps(); }

 private:
  struct Environment {
    enum class State : std::uint8_t { initialising, idle, preparing, busy, answered };
    EnvironmentId id;
    State state = State::initialising;
    InvocationId invocation;
  };

  core::FunctionSpec random_spec();
  core::AccountSpec random_account();
  Duration one_of(std::initializer_list<int> milliseconds);
  void submit(const core::Input& input);
  void carry_out(const core::Action& action);
  void note(const core::Input& input);

  // A random input; nullopt if what was drawn makes no sense at present.
  std::optional<core::Input> draw();
  std::optional<core::Input> draw_report();
  std::optional<core::Input> report_of(const Environment& environment);
  std::optional<core::Input> draw_hook();
  std::optional<core::Input> draw_old();
  core::Input draw_operator();

  // Lets time pass, so that an input of this rank may come.
  void pass_time(sim::Rank rank);
  void tick_up_to(TimePoint end);
  std::string trouble() const;
  void finish();

  Environment* find(EnvironmentId id);
  FunctionId random_function();

  Prng prng_;
  core::Scheduler scheduler_;
  sim::Checkers checkers_;
  Comparison comparison_;
  TimePoint now_{};
  sim::Rank rank_ = sim::Rank::completion;
  bool punctual_;
  bool reloads_;
  bool limits_;
  core::AccountSpec account_;
  std::vector<core::FunctionSpec> specs_;
  std::vector<FunctionId> functions_;
  std::vector<Environment> environments_;
  std::vector<InvocationId> choosing_;
  std::vector<InvocationId> arrived_;
  std::vector<core::Input> past_;  // Reports that were true once.
  std::vector<std::string> log_;
  bool logs_ = false;

  friend std::string explain(std::uint64_t seed);
};

// Runs it once more and tells every step.
std::string explain(std::uint64_t seed);

}  // namespace smyth::test
