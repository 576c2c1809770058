#pragma once

#include "sim/tally.h"

#include <span>

namespace smyth::simulate {

// A figure, and the ends of its 95 % interval: what chance alone leaves open. The ends are the
// value where nothing is known of them.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;

  static Estimate exactly(double value) { return {value, value, value}; }
  bool operator==(const Estimate&) const = default;
};

// A ratio of two sums over all of a run, by its batches: these are nearly independent, so the
// spread of what each would say tells how far off the whole may be. With fewer than 20 of what is
// counted above, the interval is that of a Poisson number.
//
// `above` and `below` take a sim::Sums and return a number; `whole` is the run's.
template <class Above, class Below>
Estimate ratio(std::span<const sim::Sums> batches, const sim::Sums& whole, Above above,
               Below below);

// The number of standard deviations in which 95 % of Student's distribution lie.
double student_quantile(std::size_t degrees_of_freedom);

// The mean of a Poisson number of which so few, or so many, are seen with a chance of 2.5 %.
double poisson_low(std::uint64_t seen);
double poisson_high(std::uint64_t seen);

// --- Implementation ---

Estimate ratio_of(std::span<const double> above, std::span<const double> below, double all_above,
                  double all_below);

template <class Above, class Below>
Estimate ratio(std::span<const sim::Sums> batches, const sim::Sums& whole, Above above,
               Below below) {
  std::vector<double> upper;
  std::vector<double> lower;
  for (const sim::Sums& batch : batches) {
    upper.push_back(static_cast<double>(above(batch)));
    lower.push_back(static_cast<double>(below(batch)));
  }
  return ratio_of(upper, lower, static_cast<double>(above(whole)),
                  static_cast<double>(below(whole)));
}

}  // namespace smyth::simulate
