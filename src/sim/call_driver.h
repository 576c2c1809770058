#pragma once

#include "base/ids.h"
#include "base/prng.h"
#include "base/time.h"
#include "core/scheduler.h"
#include "sim/callers.h"
#include "sim/chooser.h"
#include "sim/completions.h"
#include "sim/laws.h"
#include "sim/tally.h"
#include "traffic/call.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace smyth::sim {

// A function in virtual time: what the scheduler knows of it, and how long its processes take.
struct CallFunction {
  core::FunctionSpec spec;
  Law duration = Law::constant(Duration{0});  // Of calls that do not say it.
  Law init = Law::constant(Duration{0});      // Likewise.
  std::optional<Law> cold_duration;           // Instead of init and duration, of a cold call.
  std::uint32_t errors = 0;                   // Millionths of the calls that fail.
  std::uint32_t attempts = 1;  // Of a call that is throttled, the first included: see Callers.
  // More slots are made as they are needed: nothing but the account limits the function.
  bool without_slot_limit = false;
};

// What became of one call, for whoever wants to see each.
struct CallRecord {
  TimePoint arrived{};
  TimePoint begun{};      // Its environment started, or got it; of a throttled one: now.
  TimePoint delivered{};  // Its run began: after the init, if it is cold.
  TimePoint answered{};
  std::uint64_t number = 0;  // Counts arrivals from 1.
  std::uint32_t function = 0;
  std::uint32_t environment = 0;  // Its serial number; 0: none.
  std::uint32_t place = 0;        // As EnvironmentRecord::place.
  Slot slot = no_slot;
  core::Verdict verdict = core::Verdict::success;
  core::Reason reason = core::Reason::none;
  bool cold = false;
};

// What happened to an environment. `function` and `environment`, its serial number, name it.
struct EnvironmentRecord {
  TimePoint at{};
  std::uint64_t call = 0;  // The number of the call that it starts for, or is given; 0: none.
  std::uint32_t function = 0;
  std::uint32_t environment = 0;
  std::uint32_t place = 0;  // A small number that no other has as long as this one lives.
  Slot slot = no_slot;
};

// Sees a run step by step, in the order of its events.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // A call, before anything is decided about it.
  virtual void arrived(std::uint64_t /*number*/, std::uint32_t /*function*/, TimePoint /*at*/) {}
  virtual void answered(const CallRecord& /*call*/) {}
  // An environment: its init begins, has ended; it has a call; its processes are gone.
  virtual void started(const EnvironmentRecord& /*environment*/) {}
  virtual void ready(const EnvironmentRecord& /*environment*/) {}
  virtual void delivered(const EnvironmentRecord& /*environment*/) {}
  virtual void ended(const EnvironmentRecord& /*environment*/) {}
};

// Plays traffic to the scheduler in virtual time: calls arrive, their environments take as long as
// they say, or as a law of their function does, and a tally is kept. It decides nothing: which call
// is served where, waits, or is refused, which environment expires, is the scheduler's.
//
// Deadlines of the scheduler are met exactly, so that an environment's life ends when it does and
// not at the next arrival.
class CallDriver {
 public:
  // The scheduler and the tally, which counts nothing yet, must outlive the driver.
  CallDriver(core::Scheduler& scheduler, Tally& tally, std::uint64_t seed)
      : scheduler_(scheduler), tally_(tally), seed_(seed) {}

  // The next function: the first is number 0 of the calls, and so on.
  void add_function(const CallFunction& function);
  std::size_t function_count() const { return models_.size(); }

  // From now on so many environments are kept initialised ahead.
  void provision(std::uint32_t function, std::uint32_t count);
  // Clients that call from now on, beside the traffic that is played.
  void add_clients(const Clients& clients);

  void watch(CallObserver* observer) { observer_ = observer; }
  // Who is asked where a strategy is the user's, which takes no virtual time. It outlives the
  // driver; where there is none, no function may have such a strategy.
  void ask(Chooser* chooser) { chooser_ = chooser; }

  // Calls arrive, one after the other, and everything happens that comes before the last of them.
  // Never back in time.
  void play(std::span<const traffic::Call> calls);
  // Everything that happens up to and including `end`.
  void run_until(TimePoint end);
  // Until every call has its answer: for ever, if clients of a closed loop call.
  void run_until_idle();
  // Another input than an arrival, at a time not before now().
  void submit(const core::Input& input, TimePoint at);

  TimePoint now() const { return now_; }
  std::uint64_t arrived() const { return arrived_; }

 private:
  // The call that an invocation is.
  struct Invocation {
    TimePoint arrived{};
    TimePoint begun{};
    TimePoint delivered{};
    Duration duration{0};
    Duration init = traffic::unsaid;
    Duration cold_duration = traffic::unsaid;
    std::uint64_t number = 0;
    std::uint32_t function = 0;
    bool cold = false;
  };

  struct Environment {
    EnvironmentId id;
    InvocationId invocation;  // That it has, or starts for.
    std::uint32_t function = 0;
    std::uint64_t expected = 0;  // The completion that is to come; others are of its past.
    std::uint32_t serial = 0;
    Slot slot = no_slot;
    bool initialising = false;
    bool busy = false;
  };

  struct Model {
    CallFunction function;
    FunctionId id;
    Prng durations;
    Prng inits;
    Prng errors;
    std::uint32_t started = 0;  // Environments in slots.
  };

  void draw(std::span<const traffic::Call> calls);
  void arrive(const traffic::Call& call, Duration duration);
  void run_before(TimePoint at);
  void run_with_callers(TimePoint at);
  Callers& callers();
  void complete(const Completions::Entry& entry);
  void handle(const core::Input& input, TimePoint at);
  void perform(const core::Action& action);
  void choose(const core::Action& action);
  void hand_in_choices();
  void start(const core::Action& action);
  void deliver(const core::Action& action);
  void answer(const core::Action& action);
  void end(const core::Action& action);
  enum class Begin : std::uint8_t { warm, cold };
  void begin(Invocation& invocation, Begin how);
  void expect(Environment& environment, std::uint32_t index, Duration length);
  void set_busy(Environment& environment, bool busy);
  void grow(std::uint32_t function, std::uint32_t least);
  TimePoint deadline() const;
  EnvironmentRecord record_of(const Environment& environment, std::uint64_t call) const;

  core::Scheduler& scheduler_;
  Tally& tally_;
  std::uint64_t seed_;
  CallObserver* observer_ = nullptr;
  Chooser* chooser_ = nullptr;
  std::vector<core::Input> choices_;  // Made, and not yet told to the scheduler.
  std::unique_ptr<Callers> callers_;  // None: nobody calls again.
  Completions completions_;
  TimePoint now_{};
  std::uint64_t arrived_ = 0;
  std::vector<Model> models_;
  std::vector<Environment> environments_;  // By index of the id.
  std::vector<Invocation> invocations_;    // Likewise.
  std::vector<Duration> drawn_;            // The durations of the calls that are being played.
};

}  // namespace smyth::sim
