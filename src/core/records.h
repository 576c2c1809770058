#pragma once

#include "base/check.h"
#include "core/function.h"
#include "core/links.h"
#include "core/slot_bitmap.h"
#include "core/token_bucket.h"

#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace smyth::core {

enum class EnvironmentState : std::uint8_t {
  gone,          // The record is free.
  initialising,  // Bound to an invocation, or to none.
  idle,
  preparing,  // Has an invocation whose hooks run.
  busy,
  answered,  // The answer is given, the environment not ready for the next.
  reset,     // Holds its slot, without processes.
};

// Which state may follow which: a bit for each.
inline constexpr std::array<std::uint8_t, 7> environment_moves = [] {
  using enum EnvironmentState;
  constexpr auto bits = [](auto... states) {
    return static_cast<std::uint8_t>(((1u << static_cast<unsigned>(states)) | ...));
  };
  return std::array{
      bits(initialising),                                  // gone
      bits(idle, preparing, busy, reset, gone),            // initialising
      bits(preparing, busy, reset, gone),                  // idle
      bits(idle, preparing, busy, reset, gone),            // preparing
      bits(idle, preparing, busy, answered, reset, gone),  // busy
      bits(idle, preparing, busy, reset, gone),            // answered
      bits(initialising, gone),                            // reset
  };
}();

enum class Place : std::uint8_t {
  slot,      // Is what its slot holds.
  vacated,   // Made room for a start with changed code, and comes back if that fails.
  detached,  // Ends as soon as it is free.
};

// An environment: one that has processes, or one that was reset.
struct Environment {
  std::uint32_t generation = 0;
  EnvironmentState state = EnvironmentState::gone;
  Place place = Place::slot;
  bool expired = false;       // Is past life_max: stops instead of becoming idle.
  bool again = false;         // Its init runs for the second time.
  bool paused = false;        // A debugger has it.
  bool has_deadline = false;  // Is in Pool::inits.
  bool ages = false;          // Is in Pool::lives.
  bool aside = false;         // Idle in Pool::stale.
  Index function = nothing;
  Slot slot = no_slot;  // Kept when detached: it is part of the name.
  std::uint32_t serial = 0;
  Index invocation = nothing;
  std::uint32_t code = 0;  // The function's `code` when it started.
  Link link;               // In Function::idle, Pool::stale, Pool::inits or Pool::answered.
  TimePoint at{};  // Idle: since when. Initialising: its deadline; paused: what is left of it.
  Link life;
  TimePoint started{};

  void move(EnvironmentState to) {
    SMYTH_CHECK(environment_moves[static_cast<std::size_t>(state)] >> static_cast<unsigned>(to) &
                1);
    state = to;
  }
  bool has_processes() const {
    return state != EnvironmentState::gone && state != EnvironmentState::reset;
  }
};

enum class InvocationState : std::uint8_t {
  gone,      // The record is free.
  arriving,  // No decision yet.
  choosing,  // The user's strategy is asked.
  in_line,   // Waits in the function's line.
  at_slot,   // Waits at the slot that the user's strategy chose.
  bound,     // Its environment initialises.
  preparing,
  running,
  answered,
};

enum class Deadline : std::uint8_t { none, wait, next, timeout };

struct Invocation {
  std::uint32_t generation = 0;
  InvocationState state = InvocationState::gone;
  Deadline deadline = Deadline::none;  // Whose list it is in.
  bool is_event = false;
  bool awaits_next = false;  // Waits in line for an environment that has answered.
  Index function = nothing;
  Index environment = nothing;
  Slot slot = no_slot;                      // Where it waits.
  std::uint32_t code = 0;                   // The function's `code` when it arrived.
  Link queue;                               // In Pool::line or SlotRecord::line.
  TimePoint at{};                           // The deadline; while paused: what is left of it.
  Link timed;                               // In Pool::waits, Pool::nexts or Function::timeouts.
  std::uint64_t order = 0;                  // Counts arrivals.
  TimePoint wait_until = TimePoint::max();  // How long it may wait, once it waits.
};

struct SlotRecord {
  Index environment = nothing;  // Also a reset one.
  Index vacated = nothing;      // Who left for a start with changed code.
  List line;                    // Who waits for this very slot.
  Link unused;                  // In Pool::unused.
  std::uint64_t given = 0;
  std::uint64_t order =
      0;  // When it was last given an invocation, in a count of such events; 0: never.
  TimePoint last_used{};
  std::uint32_t serial = 0;
  bool is_unused = false;  // Is in Pool::unused.
};

// What every step of a function touches.
struct Function {
  List idle;      // Environments that may serve, by last use: the tail was used most recently.
  List timeouts;  // Invocations by the end of their timeout.
  std::uint64_t due = ~std::uint64_t{0};  // A lower bound of its deadlines, see due.h.
  std::uint64_t hash = 0;
  Duration timeout{0};
  Duration idle_max{0};  // A lower bound: the shorter one of the two.
  Index first_slot = 0;
  std::uint32_t code = 1;         // Counts changes of the code.
  std::uint32_t serves_from = 1;  // The oldest code that may serve an arrival; 0: fallback, any.
  Strategy strategy = Strategy::first_warm;
  bool prepares : 1 = false;
  bool closed : 1 = false;        // Removed, or the server stops.
  bool quick_return : 1 = false;  // Nobody waits and nothing is stale: who is free becomes idle.
  bool quick_give : 1 = false;    // first_warm, and an arrival that takes who was idle last changes
                                  // nothing else: nothing has to be provisioned then.
  bool counted : 1 = false;       // Pool::in_use is kept.
  bool limited : 1 = false;       // Has reserved concurrency, or there is an account.

  bool in_fallback() const { return serves_from < code; }
};

// The rest of a function.
struct Pool {
  FunctionSpec spec;
  List stale;     // Idle environments that may not serve, by last use.
  List inits;     // Environments by the end of their init_timeout.
  List lives;     // Environments by their start.
  List waits;     // Invocations by their wait deadline.
  List nexts;     // Those that wait for an environment that has answered, by the end of next_wait.
  List answered;  // Environments that have answered, not ready for the next.
  List line;      // Waiting invocations in order of arrival.
  List unused;    // round_robin: cold, reset and idle slots; the head was not used for the longest
                  // time.
  SlotBitmap cold;
  SlotBitmap reset;
  Index choosing = nothing;
  std::uint32_t slot_capacity = 0;   // Slot records from Function::first_slot.
  std::uint32_t serial = 0;          // Of the last environment.
  std::uint32_t slotted = 0;         // Environments with processes in slots.
  std::uint32_t live = 0;            // The same and the vacated ones.
  std::uint32_t stale_count = 0;     // Those of `live` that started before the last change.
  std::uint32_t waiting = 0;         // Synchronous invocations in lines.
  std::uint32_t waiting_events = 0;  // Asynchronous ones.
  std::uint32_t at_slots = 0;        // Those of both that wait at slots.
  std::uint32_t candidate_code = 0;  // The `code` of which a candidate was started last.
  bool may_provision = true;         // No provisioned start has failed lately.
  TimePoint worked{};                // When the last one ended or left its slot at work.
  std::uint32_t in_use = 0;          // Slots whose environment has an invocation, if counted.
  // While Function::limited:
  std::uint32_t own = 0;               // So many of them count in nobody else's concurrency.
  TokenBucket scaling;                 // Of starts of new environments.
  TokenBucket rate;                    // Of requests, where concurrency is reserved.
  TimePoint retry = TimePoint::max();  // When those that are held back are looked at again.
};

// Where an invocation goes: to an environment, or to a start in a slot, where the environment makes
// room if there is one.
struct Pick {
  Index environment = nothing;
  Slot slot = no_slot;

  bool is_found() const { return environment != nothing || slot != no_slot; }
  bool starts() const { return slot != no_slot; }
};

template <class Record>
inline constexpr bool is_hot = sizeof(Record) <= 64 && std::is_trivially_copyable_v<Record>;
static_assert(is_hot<Environment> && is_hot<Invocation> && is_hot<SlotRecord> && is_hot<Function>);

using IdleChain = Chain<Environment, &Environment::link>;
using LifeChain = Chain<Environment, &Environment::life>;
using QueueChain = Chain<Invocation, &Invocation::queue>;
using TimedChain = Chain<Invocation, &Invocation::timed>;
using UnusedChain = Chain<SlotRecord, &SlotRecord::unused>;

// A dense array of records of which free places are used again, the last freed first. Whoever frees
// a record raises its generation.
template <class Record>
class Table {
 public:
  Record& operator[](Index index) { return records_[index]; }
  const Record& operator[](Index index) const { return records_[index]; }
  Record* data() { return records_.data(); }
  Index size() const { return static_cast<Index>(records_.size()); }

  // The index that take() will give.
  Index next() const { return free_.empty() ? size() : free_.back(); }

  Index take() {
    if (free_.empty()) [[unlikely]] {
      return grow();
    }
    const Index taken = free_.back();
    free_.pop_back();
    const std::uint32_t generation = records_[taken].generation;
    records_[taken] = Record{};
    records_[taken].generation = generation;
    return taken;
  }

  void put(Index freed) { free_.push_back(freed); }

 private:
  [[gnu::noinline]] Index grow() {
    records_.emplace_back();
    free_.reserve(records_.capacity());
    return size() - 1;
  }

  std::vector<Record> records_;
  std::vector<Index> free_;
};

}  // namespace smyth::core
