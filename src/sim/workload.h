#pragma once

#include "base/ids.h"
#include "base/prng.h"
#include "base/time.h"
#include "core/input.h"
#include "sim/process_model.h"

#include <cstdint>

namespace smyth::sim {

// When the invocations of a function arrive: groups of `burst` at one moment, `gap` apart. With a
// fixed gap and a burst of one it is a metronome, with an exponential gap a Poisson process, with
// larger bursts bursty traffic.
struct Arrivals {
  Length gap = Length::fixed(std::chrono::seconds(1));
  std::uint32_t burst = 1;
  std::uint32_t events = 0;             // Millionths that are asynchronous.
  std::uint32_t abandon = 0;            // Millionths whose caller goes away...
  Length patience = Length::fixed({});  // ...after so long.
};

// The arrivals of one function, one after the other.
class Workload {
 public:
  Workload(FunctionId function, const Arrivals& arrivals, std::uint64_t seed);

  TimePoint next_at() const { return next_at_; }

  struct Arrival {
    core::Input input;
    bool abandons = false;
    Duration patience{0};
  };
  // The arrival at next_at(), after which next_at() is that of the following one.
  Arrival take();

 private:
  FunctionId function_;
  Arrivals arrivals_;
  Prng gaps_;
  Prng kinds_;
  TimePoint next_at_{};
  std::uint32_t left_of_burst_ = 0;
};

}  // namespace smyth::sim
