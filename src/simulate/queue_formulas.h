#pragma once

#include "simulate/result.h"

#include <cstdint>
#include <optional>

// What is known exactly of queues and pools in the long run: docs/reference/simulation.md has the
// formulas and where they come from. `load` is in Erlangs: arrivals times mean duration.
namespace smyth::simulate {

// The share of arrivals that are throttled by so many environments without a queue, whatever the
// law of the durations.
double erlang_b(double load, std::uint32_t environments);

// The numbers of busy environments where nothing limits them, whatever the law of the durations.
NumbersOverTime poisson_numbers(double load);

// A queue before so many environments, in which at most `limit` wait; durations are exponential.
// Without a limit the load is below the number of environments.
struct Queue {
  double throttled = 0;  // Of the arrivals.
  double waits = 0;      // Of those served.
  double mean_wait = 0;  // Of those served, in mean durations.
};
Queue queue_before(double load, std::uint32_t environments, std::optional<std::uint32_t> limit);

// Most recently used first, idle ones expire; durations are exponential, those of cold calls too.
// `idle_max` is in mean durations. None: nothing limits the environments.
struct Pool {
  double throttled = 0;     // Of the arrivals.
  double cold = 0;          // Of those served.
  double busy = 0;          // On average.
  double environments = 0;  // On average.
};
Pool most_recently_used(double load, double idle_max, std::optional<std::uint32_t> environments);

// One environment that expires when it was idle for so long, whatever the laws of warm and cold
// calls: `rate` is that of the arrivals, the others lengths in the same unit.
Pool one_environment(double rate, double warm, double cold, double idle_max);

// Likewise with a queue without limit before it: how long calls wait, init included, on average.
// `idle_max` none: it never expires. The load is below 1.
struct Moments {
  double mean = 0;
  double square = 0;
};
double wait_for_one(double rate, Moments duration, Moments init, std::optional<double> idle_max);

}  // namespace smyth::simulate
