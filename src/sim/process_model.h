#pragma once

#include "base/ids.h"
#include "base/prng.h"
#include "base/time.h"
#include "core/action.h"
#include "core/input.h"
#include "sim/faults.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace smyth::sim {

// How long something takes.
struct Length {
  enum class Law : std::uint8_t { fixed, uniform, exponential };

  Law law = Law::fixed;
  Duration mean{0};

  static Length fixed(Duration mean) { return {Law::fixed, mean}; }
  static Length uniform(Duration mean) { return {Law::uniform, mean}; }
  static Length exponential(Duration mean) { return {Law::exponential, mean}; }

  Duration draw(Prng& prng) const;
};

// What follows, some time after an action, from the side of the processes or hooks.
struct Reaction {
  Duration after{0};
  core::InputKind kind = core::InputKind::completed;
  std::uint8_t detail = 0;  // An Outcome or InitFailure.
  Slot slot = no_slot;      // With `chosen`.
  Duration linger{0};       // With `answered`: how much later it is ready for the next.
  Duration pause_after{0};  // With `pause_for`: when a debugger stops it, counted from the action.
  Duration pause_for{0};    // What comes afterwards comes so much later; zero: no debugger.
  Duration exit_after{0};   // How much later its process ends by itself; zero: it does not.
};

// The processes and hooks that a driver in virtual time has to do with.
class ProcessModel {
 public:
  virtual ~ProcessModel() = default;

  // What follows from choose, start, prepare or deliver; nullopt if nothing ever does.
  virtual std::optional<Reaction> react(const core::Action& action, FunctionId function) = 0;
};

// How the processes of one function behave.
struct Behaviour {
  Length init = Length::fixed({});
  Length run = Length::fixed({});
  Length prepare = Length::fixed({});
  Length choice = Length::fixed({});
  Length linger = Length::fixed({});  // Between the answer and ready for the next.
  std::uint32_t slots = 1;            // A modelled strategy chooses below this, at random.
  Faults faults;
};

// Processes that behave at random, each function and purpose by a stream of its own.
class RandomProcesses final : public ProcessModel {
 public:
  explicit RandomProcesses(std::uint64_t seed) : seed_(seed) {}

  void set(FunctionId function, const Behaviour& behaviour);
  std::optional<Reaction> react(const core::Action& action, FunctionId function) override;

 private:
  struct Processes {
    Behaviour behaviour;
    Prng init;
    Prng run;
    Prng hooks;
    Prng faults;
  };

  static std::optional<Reaction> init(Processes& processes);
  static std::optional<Reaction> run(Processes& processes);
  static std::optional<Reaction> prepare(Processes& processes);
  static std::optional<Reaction> choose(Processes& processes);

  std::uint64_t seed_;
  std::vector<std::optional<Processes>> functions_;
};

}  // namespace smyth::sim
