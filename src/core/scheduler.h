#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "core/function.h"
#include "core/input.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace smyth::core {

// How a slot looks from outside.
struct SlotView {
  enum class State : std::uint8_t { cold, initialising, idle, preparing, busy };

  State state = State::cold;
  bool stale = false;         // Runs code that has changed on disk since.
  std::uint32_t serial = 0;   // The environment's number; 0 if the slot never had one.
  std::uint64_t given = 0;    // Invocations that the slot was given since the start.
  TimePoint last_used{};      // When it was last given one.
  TimePoint idle_since{};     // While it is idle.
  EnvironmentId environment;  // None if cold.
};

// Decides which execution environment serves which invocation, when one starts or stops, and what
// is throttled. It never acts: the driver says what happened and when, then carries out the actions
// in order. The same inputs at the same times always give the same actions.
//
//   for (const Action& action : scheduler.handle(input, now)) perform(action);
//   timer.wake_at(scheduler.next_deadline());
//
// Order within handle(): every deadline before `now` fires first; deadlines at exactly `now` fire
// after a completion and before an arrival.
class Scheduler {
 public:
  Scheduler();
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;

  // What follows from `input`, in order; valid until the next call. `now` never goes backwards.
  // An input about something that no longer exists is ignored.
  [[nodiscard]] std::span<const Action> handle(const Input& input, TimePoint now);

  // When to call handle(Input::tick(), ...) if nothing happens before; nullopt if nothing is
  // pending. A lower bound: an early call changes nothing.
  std::optional<TimePoint> next_deadline() const {
    return deadline_ == TimePoint::max() ? std::nullopt : std::optional(deadline_);
  }

  // The id that the next new function, or the next arrival, will have.
  FunctionId next_function() const;
  InvocationId next_invocation() const;

  SlotView slot(FunctionId function, Slot slot) const;
  std::uint32_t slot_count(FunctionId function) const;
  std::uint32_t waiting_count(FunctionId function) const;
  // Environments that have processes, detached ones included: zero after a finished shutdown.
  std::uint32_t environment_count() const;

  // A digest of every decision so far, folded per function in function order.
  std::uint64_t decision_hash() const;

 private:
  class State;
  std::unique_ptr<State> state_;
  TimePoint deadline_ = TimePoint::max();
};

}  // namespace smyth::core
