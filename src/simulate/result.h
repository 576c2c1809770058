#pragma once

#include "base/time.h"
#include "sim/tally.h"
#include "simulate/estimate.h"
#include "simulate/prices.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace smyth::simulate {

inline constexpr std::array percentiles = {0.5, 0.9, 0.99, 0.999};

// Latencies in nanoseconds, from the arrival to the answer; by `percentiles`.
struct Latency {
  std::uint64_t calls = 0;
  std::array<Estimate, percentiles.size()> at{};
};

// Of the time, so many or fewer there were; by `time_percentiles`.
inline constexpr std::array time_percentiles = {0.5, 0.9, 0.99, 0.999, 0.9999};
using NumbersOverTime = std::array<std::uint32_t, time_percentiles.size()>;

// Figures of one function, or of all together.
struct Figures {
  std::string name;  // Empty: all.
  std::uint32_t memory_mib = 0;
  sim::Sums sums;
  std::array<std::uint64_t, sim::reason_count> throttled{};
  std::uint64_t started = 0;  // Environments.
  Estimate cold_share;        // Of the calls served.
  Estimate throttled_share;   // Of all calls.
  Estimate error_share;       // Of the calls answered: errors and timeouts.
  Estimate mean_wait;         // Of the calls served, nanoseconds.
  Estimate environments;      // On average.
  Estimate busy;              // Likewise.
  Estimate utilisation;       // Busy of all.
  std::uint32_t environments_peak = 0;
  std::uint32_t busy_peak = 0;
  NumbersOverTime environments_at{};
  NumbersOverTime busy_at{};
  Latency all;
  Latency warm;
  Latency cold;
  Usage usage;
  Cost cost;               // Of the time simulated.
  Cost month;              // Of 30 days like it.
  double per_million = 0;  // Dollars for a million calls.
};

// How many calls took from `low` to `high` nanoseconds: of warm and of cold ones.
struct LatencyBin {
  double low = 0;
  double high = 0;
  double warm = 0;
  double cold = 0;
};

// What one replication found.
struct Run {
  std::uint64_t seed = 0;
  std::uint64_t decision_hash = 0;
  bool complete = true;  // Not interrupted.
  Duration length{0};    // Simulated, without the warm-up.
  Figures all;
  std::vector<Figures> functions;
};

// What a simulation found.
struct Findings {
  bool complete = true;  // Not interrupted.
  Duration length{0};    // Simulated, of each replication, without the warm-up.
  Duration warm_up{0};   // Of each replication, that is no part of the figures.
  // False: it was looked for, but the beginning had no end in the first half of the run.
  bool has_warm_up = true;
  std::uint32_t replications = 0;
  std::uint64_t decision_hash = 0;  // Of all decisions of all replications, in their order.
  Figures all;
  std::vector<Figures> functions;
  std::vector<LatencyBin> latencies;  // In rising order, eight for each doubling.
  std::vector<Run> runs;              // The replications one by one.
};

}  // namespace smyth::simulate
