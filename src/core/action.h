#pragma once

#include "base/ids.h"
#include "base/time.h"

#include <cstdint>
#include <type_traits>

namespace smyth::core {

// What the driver has to do, in order. An action is an order, not a question: what comes of it
// returns as an input. The members used by each kind are listed beside it.
enum class ActionKind : std::uint8_t {
  choose,   // invocation, function: ask the user's strategy; chosen or choice_failed follows
  start,    // environment, slot, serial, function, why, invocation (none: nobody waits for it)
  prepare,  // invocation, environment, slot: run the user's hooks; prepared or prepare_failed
            // follows
  deliver,  // invocation, environment, deadline (TimePoint::max(): none): hand the event over
  kill,     // environment: its processes die at once; nothing more is to be said of it
  stop,     // environment: it is idle and not wanted any more; nothing more is to be said of it
  answer,   // invocation, verdict, reason: tell the caller; the invocation's id is free afterwards
};

// Why an environment starts.
enum class Start : std::uint8_t {
  cold,         // A new environment.
  reset,        // The environment of before, after a timeout, a crash or a failed init.
  init_again,   // Its init ran too long or exited: once more, under the function's timeout.
  candidate,    // The first with changed code.
  provisioned,  // Ahead of any invocation.
};

enum class Verdict : std::uint8_t {
  success,         // The result of the handler, with `completed` or `answered`.
  function_error,  // The error that the handler raised, likewise.
  timeout,         // Sandbox.Timedout.
  crash,           // Runtime.ExitError: the process ended during the invocation.
  init_error,      // What the bootstrap reported with `failed`.
  init_crash,      // Runtime.ExitError: the process ended during init, twice.
  spawn_failed,    // The environment could not be started: a fault of the host.
  hook_failed,     // A strategy, event or context function of the user's failed.
  throttled,       // By `reason`.
  abandoned,       // The caller went away while it waited, or the function was removed.
  shutdown,        // The server stops.
};

// Why an invocation was throttled.
enum class Reason : std::uint8_t {
  none,
  slots,       // All slots busy and overflow = throttle.
  queue_full,  // queue_limit or event_queue_limit reached.
  queue_wait,  // Waited for longer than queue_wait.
  // By the account. What others share is `account_`, what a function has for itself `reserved_`.
  reserved_concurrency,
  account_concurrency,
  reserved_scaling,
  account_scaling,
  reserved_rate,
  account_rate,
};

struct Action {
  ActionKind kind = ActionKind::answer;
  std::uint8_t detail = 0;  // A Start or a Verdict.
  Reason reason = Reason::none;
  Slot slot = no_slot;
  InvocationId invocation;
  EnvironmentId environment;
  union {
    TimePoint deadline;
    struct {
      std::uint32_t function;  // Index of the FunctionId.
      std::uint32_t serial;    // The 7 of `orders:0#7`: counts the function's environments.
    };
  };

  constexpr Action() : deadline() {}
  Start why() const { return static_cast<Start>(detail); }
  Verdict verdict() const { return static_cast<Verdict>(detail); }
};
static_assert(sizeof(Action) <= 32 && std::is_trivially_copyable_v<Action>);

}  // namespace smyth::core
