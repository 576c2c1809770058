#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "config/config.h"
#include "core/action.h"
#include "core/input.h"
#include "core/scheduler.h"
#include "live/function_log.h"
#include "runtime/hooks.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::live {

// An answer that waits for the end of its invocation's log.
struct HeldAnswer {
  std::unique_ptr<Request> request;
  core::Verdict verdict = core::Verdict::success;
  std::string environment;  // Slot name.
  std::string document;
  std::string reload_error;
};

// An environment as the driver knows it, under the index of its EnvironmentId. The record outlives
// the processes: after a reset the same environment starts again with its log stream.
struct Environment {
  enum class State : std::uint8_t { initialising, idle, busy, gone };
  // What it does while it initialises. One with a snapshot may have to wait for that first.
  enum class Phase : std::uint8_t { none, init, restore };

  EnvironmentId id;
  EnvironmentId before;  // Its id before it was reset, if it was.
  std::uint32_t function = 0;
  std::uint32_t serial = 0;
  Slot slot = no_slot;
  State state = State::gone;
  core::Start why = core::Start::cold;
  bool is_fresh = true;       // Nothing was delivered since it started: the first one is cold.
  std::uint32_t changes = 0;  // Of the function's code, when it started.
  std::uint32_t config_changes = 0;               // Of its configuration, that it knows of.
  std::string_view initialization = "on-demand";  // As Lambda calls why it starts.
  std::string name;                               // "orders:0"
  std::string log_stream;
  std::string init_error;  // The document of its last failed init.
  InvocationId bound;      // The invocation that started it.
  InvocationId current;    // The one it has now; its output is shown under this one's id.
  core::Outcome outcome = core::Outcome::success;  // Of an answer whose invocation is not done yet.
  TimePoint started{};
  bool has_snapshot = false;
  Phase phase = Phase::init;
  TimePoint phase_began{};
  Duration init{0};
  std::optional<Duration> restore{};  // How long its snapshot took, if it has one.
  std::uint32_t max_rss_kib = 0;
  TimePoint memory_looked_up{};
  RunningLog running;
  // Shared with the records of its log in the history, which outlive it.
  std::shared_ptr<const observe::LogSource> source;
  // The answer that its caller gets when the log of the invocation is whole.
  std::unique_ptr<HeldAnswer> held;
};

inline constexpr std::size_t spare_count_max = 1'024;
inline constexpr std::size_t spare_bytes_max = 1u << 16;

// "2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef"
std::string make_log_stream(std::int64_t unix_ms, std::string_view uuid);

// The original's words: cold, warm, working.
std::string_view slot_word(core::SlotView::State state);

observe::LogFormat log_format(const config::Function& function);

runtime::HookFunction hook_function(const config::Function& function);

}  // namespace smyth::live
