#include "simulate/estimate.h"

#include "sim/laws.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace smyth::simulate {
namespace {

// Of a Poisson number with this mean: the chance of at most `most`.
double poisson_at_most(double mean, std::uint64_t most) {
  double term = sim::exp(-mean);
  double sum = term;
  for (std::uint64_t i = 1; i <= most; ++i) sum += term *= mean / static_cast<double>(i);
  return sum;
}

// Where a falling function has this value, between zero and 100.
template <class Falling>
double solve(double value, Falling falling) {
  double low = 0;
  double high = 100;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (falling(middle) > value ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

constexpr double few = 20;
constexpr std::size_t batches_min = 8;

}  // namespace

double student_quantile(std::size_t degrees_of_freedom) {
  // The expansion of Cornish and Fisher: to 1 in 1,000 from 4 degrees of freedom on.
  constexpr double z = 1.959963984540054;
  const auto n = static_cast<double>(std::max<std::size_t>(degrees_of_freedom, 1));
  const double first = (z * z * z + z) / 4;
  const double second = (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / 96;
  const double third =
      (3 * z * z * z * z * z * z * z + 19 * z * z * z * z * z + 17 * z * z * z - 15 * z) / 384;
  const double fourth = (79 * z * z * z * z * z * z * z * z * z + 776 * z * z * z * z * z * z * z +
                         1482 * z * z * z * z * z - 1920 * z * z * z - 945 * z) /
                        92'160;
  return z + first / n + second / (n * n) + third / (n * n * n) + fourth / (n * n * n * n);
}

double poisson_low(std::uint64_t seen) {
  if (seen == 0) return 0;
  return solve(0.975, [seen](double mean) { return poisson_at_most(mean, seen - 1); });
}

double poisson_high(std::uint64_t seen) {
  return solve(0.025, [seen](double mean) { return poisson_at_most(mean, seen); });
}

Estimate ratio_of(std::span<const double> above, std::span<const double> below, double all_above,
                  double all_below) {
  if (all_below <= 0) return {};
  const double value = all_above / all_below;
  const bool is_number_of_events = all_above < few && std::floor(all_above) == all_above;
  if (is_number_of_events) {
    const auto seen = static_cast<std::uint64_t>(all_above);
    return {value, poisson_low(seen) / all_below, poisson_high(seen) / all_below};
  }
  const std::size_t count = above.size();
  if (count < batches_min) return Estimate::exactly(value);
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double residual = above[i] - value * below[i];
    squares += residual * residual;
    sum += below[i];
  }
  if (sum <= 0) return Estimate::exactly(value);
  const auto n = static_cast<double>(count);
  const double deviation = std::sqrt(squares * n / (n - 1)) / sum;
  const double half = student_quantile(count - 1) * deviation;
  return {value, std::max(0.0, value - half), value + half};
}

}  // namespace smyth::simulate
