#pragma once

#include "sim/call_driver.h"

#include <cstdint>
#include <vector>

namespace smyth::simulate {

// An execution environment of a simulation, while it lives.
struct LiveEnvironment {
  enum class State : std::uint8_t { none, initialising, busy, idle };

  State state = State::none;
  std::uint32_t function = 0;
  std::uint32_t serial = 0;
  Slot slot = no_slot;
  TimePoint started{};
  TimePoint since{};        // Of its state.
  std::uint64_t call = 0;   // That it has, or starts for.
  std::uint64_t calls = 0;  // That it was given.

  bool is_busy() const { return state == State::initialising || state == State::busy; }
};

// The environments that there are, by what an observer is told. Each change is told before it is
// made: see at() for what was.
class LiveEnvironments {
 public:
  // The environment at a place, alive or not.
  const LiveEnvironment& at(std::uint32_t place);
  const std::vector<LiveEnvironment>& places() const { return places_; }
  std::uint32_t alive() const { return alive_; }
  std::uint32_t busy() const { return busy_; }

  void start(const sim::EnvironmentRecord& record);
  void ready(const sim::EnvironmentRecord& record);
  void deliver(const sim::EnvironmentRecord& record);
  void answer(const sim::CallRecord& call);
  void end(const sim::EnvironmentRecord& record);

 private:
  void change(LiveEnvironment& environment, LiveEnvironment::State state, TimePoint at);
  LiveEnvironment& place(std::uint32_t place);

  std::vector<LiveEnvironment> places_;
  std::uint32_t alive_ = 0;
  std::uint32_t busy_ = 0;
};

}  // namespace smyth::simulate
