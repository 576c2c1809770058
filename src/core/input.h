#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/account.h"
#include "core/function.h"

#include <cstdint>
#include <type_traits>

namespace smyth::core {

// What can happen to the scheduler. The members used by each kind are listed beside it.
enum class InputKind : std::uint8_t {
  configure,  // function, spec: a new function (id from next_function()) or a changed one
  remove,     // function: no further arrivals; what runs, ends; what waits is answered
  account,    // account: the limits of the account, for the first time or changed
  arrive,     // function, arrival: a new invocation; its id is next_invocation() before the call
  abandon,    // invocation: the caller is gone
  chosen,     // invocation, slot: answer to Choose
  choice_failed,   // invocation: the strategy raised, ended or timed out
  ready,           // environment: its init succeeded
  failed,          // environment, failure: its init failed; the driver has disposed of the process
  prepared,        // invocation: answer to Prepare
  prepare_failed,  // invocation: a hook raised or timed out
  answered,        // environment, invocation, outcome: the answer is whole, `next` is outstanding
  completed,       // environment, invocation, outcome: answered and ready for the next
  exited,          // environment: its process is gone, and the driver has disposed of it
  paused,          // environment: a debugger has it; its timeout stands still
  resumed,         // environment
  code_changed,    // function: a file that an environment of it loaded has changed
  shutdown,        // deadline: accept nothing more; kill what still runs at the deadline
  tick,            // nothing but the time
};

enum class Arrival : std::uint8_t { request_response, event };
enum class Outcome : std::uint8_t { success, function_error };
enum class InitFailure : std::uint8_t {
  reported,  // The bootstrap said why: an import error, say.
  exited,    // The process ended without a word.
  spawn,     // It could not be started at all.
};

// One input: a kind and ids, no text. Texts (payloads, UUIDs, names) stay with the driver.
struct Input {
  InputKind kind = InputKind::tick;
  std::uint8_t detail = 0;  // An Arrival, Outcome or InitFailure.
  Slot slot = no_slot;
  FunctionId function;
  InvocationId invocation;
  union {
    EnvironmentId environment;
    const FunctionSpec* spec;    // Only read during the call.
    const AccountSpec* account;  // Likewise.
    TimePoint deadline;
  };

  constexpr Input() : environment() {}

  static Input configure(FunctionId function, const FunctionSpec& spec);
  static Input remove(FunctionId function);
  static Input limit_account(const AccountSpec& account);
  static Input arrive(FunctionId function, Arrival arrival = Arrival::request_response);
  static Input abandon(InvocationId invocation);
  static Input chosen(InvocationId invocation, Slot slot);
  static Input choice_failed(InvocationId invocation);
  static Input ready(EnvironmentId environment);
  static Input failed(EnvironmentId environment, InitFailure failure);
  static Input prepared(InvocationId invocation);
  static Input prepare_failed(InvocationId invocation);
  static Input answered(EnvironmentId environment, InvocationId invocation, Outcome outcome);
  static Input completed(EnvironmentId environment, InvocationId invocation, Outcome outcome);
  static Input exited(EnvironmentId environment);
  static Input paused(EnvironmentId environment);
  static Input resumed(EnvironmentId environment);
  static Input code_changed(FunctionId function);
  static Input shutdown(TimePoint deadline);
  static Input tick();
};
static_assert(sizeof(Input) <= 32 && std::is_trivially_copyable_v<Input>);

namespace detail {
inline Input input(InputKind kind) {
  Input made;
  made.kind = kind;
  return made;
}
}  // namespace detail

inline Input Input::configure(FunctionId function, const FunctionSpec& spec) {
  Input made = detail::input(InputKind::configure);
  made.function = function;
  made.spec = &spec;
  return made;
}
inline Input Input::remove(FunctionId function) {
  Input made = detail::input(InputKind::remove);
  made.function = function;
  return made;
}
inline Input Input::limit_account(const AccountSpec& account) {
  Input made = detail::input(InputKind::account);
  made.account = &account;
  return made;
}
inline Input Input::arrive(FunctionId function, Arrival arrival) {
  Input made = detail::input(InputKind::arrive);
  made.detail = static_cast<std::uint8_t>(arrival);
  made.function = function;
  return made;
}
inline Input Input::abandon(InvocationId invocation) {
  Input made = detail::input(InputKind::abandon);
  made.invocation = invocation;
  return made;
}
inline Input Input::chosen(InvocationId invocation, Slot slot) {
  Input made = detail::input(InputKind::chosen);
  made.invocation = invocation;
  made.slot = slot;
  return made;
}
inline Input Input::choice_failed(InvocationId invocation) {
  Input made = detail::input(InputKind::choice_failed);
  made.invocation = invocation;
  return made;
}
inline Input Input::ready(EnvironmentId environment) {
  Input made = detail::input(InputKind::ready);
  made.environment = environment;
  return made;
}
inline Input Input::failed(EnvironmentId environment, InitFailure failure) {
  Input made = detail::input(InputKind::failed);
  made.detail = static_cast<std::uint8_t>(failure);
  made.environment = environment;
  return made;
}
inline Input Input::prepared(InvocationId invocation) {
  Input made = detail::input(InputKind::prepared);
  made.invocation = invocation;
  return made;
}
inline Input Input::prepare_failed(InvocationId invocation) {
  Input made = detail::input(InputKind::prepare_failed);
  made.invocation = invocation;
  return made;
}
inline Input Input::answered(EnvironmentId environment, InvocationId invocation, Outcome outcome) {
  Input made = detail::input(InputKind::answered);
  made.detail = static_cast<std::uint8_t>(outcome);
  made.invocation = invocation;
  made.environment = environment;
  return made;
}
inline Input Input::completed(EnvironmentId environment, InvocationId invocation, Outcome outcome) {
  Input made = answered(environment, invocation, outcome);
  made.kind = InputKind::completed;
  return made;
}
inline Input Input::exited(EnvironmentId environment) {
  Input made = detail::input(InputKind::exited);
  made.environment = environment;
  return made;
}
inline Input Input::paused(EnvironmentId environment) {
  Input made = detail::input(InputKind::paused);
  made.environment = environment;
  return made;
}
inline Input Input::resumed(EnvironmentId environment) {
  Input made = detail::input(InputKind::resumed);
  made.environment = environment;
  return made;
}
inline Input Input::code_changed(FunctionId function) {
  Input made = detail::input(InputKind::code_changed);
  made.function = function;
  return made;
}
inline Input Input::shutdown(TimePoint deadline) {
  Input made = detail::input(InputKind::shutdown);
  made.deadline = deadline;
  return made;
}
inline Input Input::tick() { return detail::input(InputKind::tick); }

}  // namespace smyth::core
