#include "simulate/queue_formulas.h"

#include "sim/laws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace smyth::simulate {
namespace {

// Beyond this many standard deviations of a Poisson number there is nothing that counts.
constexpr double deviations = 10;
constexpr double some_more = 20;

double e_to_minus(double x) { return x > 700 ? 0 : sim::exp(-x); }

// The probabilities of a Poisson number of this mean from zero to `most`, as if no other could be.
std::vector<double> poisson(double mean, std::size_t most) {
  std::vector<double> shares(most + 1);
  const std::size_t mode = std::min(most, static_cast<std::size_t>(mean));
  shares[mode] = 1;
  for (std::size_t k = mode; k > 0; --k) {
    shares[k - 1] = shares[k] * static_cast<double>(k) / mean;
  }
  for (std::size_t k = mode; k < most; ++k) {
    shares[k + 1] = shares[k] * mean / static_cast<double>(k + 1);
  }
  double sum = 0;
  for (const double share : shares) sum += share;
  for (double& share : shares) share /= sum;
  return shares;
}

std::size_t most_of(double mean) {
  return static_cast<std::size_t>(mean + deviations * std::sqrt(mean) + some_more);
}

// By hand: the operators of std::complex differ between compilers in their last digits.
struct Complex {
  double real = 0;
  double imaginary = 0;
};
Complex operator+(Complex a, Complex b) { return {a.real + b.real, a.imaginary + b.imaginary}; }
Complex operator*(double factor, Complex a) { return {factor * a.real, factor * a.imaginary}; }
Complex operator/(Complex a, Complex b) {
  const double square = b.real * b.real + b.imaginary * b.imaginary;
  return {(a.real * b.real + a.imaginary * b.imaginary) / square,
          (a.imaginary * b.real - a.real * b.imaginary) / square};
}

// The value at `t` of the function with this Laplace transform, by Euler's summation (Abate and
// Whitt 2006). What it is used for are sums of falling exponentials, for which it is good to nine
// digits.
template <class Transform>
double inverse_laplace(double t, Transform transform) {
  constexpr int terms = 16;
  constexpr double pi = 3.14159265358979323846;
  constexpr double ln_10 = 2.302585092994045684;
  std::array<double, 2 * terms + 1> weights{};
  weights[0] = 0.5;
  std::fill(weights.begin() + 1, weights.begin() + terms + 1, 1.0);
  double binomial = 1;
  double part = std::ldexp(1.0, -terms);
  weights.back() = part;
  for (int k = 1; k < terms; ++k) {
    binomial = binomial * (terms - k + 1) / k;
    part += std::ldexp(binomial, -terms);
    weights[static_cast<std::size_t>(2 * terms - k)] = part;
  }
  double sum = 0;
  for (int k = 0; k <= 2 * terms; ++k) {
    const Complex s{terms * ln_10 / 3 / t, pi * k / t};
    const double sign = k % 2 == 0 ? 1 : -1;
    sum += sign * weights[static_cast<std::size_t>(k)] * transform(s).real;
  }
  return sim::exp(terms * ln_10 / 3) / t * sum;
}

}  // namespace

double erlang_b(double load, std::uint32_t environments) {
  double inverse = 1;
  for (std::uint32_t j = 1; j <= environments; ++j) inverse = 1 + inverse * j / load;
  return 1 / inverse;
}

NumbersOverTime poisson_numbers(double load) {
  const std::vector<double> shares = poisson(load, most_of(load));
  NumbersOverTime numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    double sum = shares[0];
    while (sum < time_percentiles[i] && numbers[i] + 1 < shares.size()) {
      sum += shares[++numbers[i]];
    }
  }
  return numbers;
}

Queue queue_before(double load, std::uint32_t environments, std::optional<std::uint32_t> limit) {
  // All environments are busy and j calls wait with a weight of growth^j, scaled so that the
  // largest is 1.
  const double growth = load / environments;
  double all = 1 / (1 - growth);
  double length = growth / (1 - growth) / (1 - growth);
  double empty = 1;
  double full = 0;
  if (limit) {
    const bool is_growing = growth > 1;
    all = length = empty = 0;
    double weight = 1;
    for (std::uint32_t i = 0; i <= *limit && weight > 0; ++i) {
      const std::uint32_t waiting = is_growing ? *limit - i : i;
      all += weight;
      length += weight * waiting;
      if (waiting == 0) empty = weight;
      if (waiting == *limit) full = weight;
      weight *= is_growing ? 1 / growth : growth;
    }
  }
  // With those of fewer busy environments.
  const double total = all - empty + empty / erlang_b(load, environments);
  const double throttled = full / total;
  const double served = 1 - throttled;
  return {.throttled = throttled,
          .waits = (all - full) / total / served,
          .mean_wait = length / total / (load * served)};
}

Pool most_recently_used(double load, double idle_max, std::optional<std::uint32_t> environments) {
  // Times are in mean durations, so that the rate of arrivals is the load.
  const std::size_t most =
      environments ? std::min<std::size_t>(*environments, most_of(load)) : most_of(load);
  const std::vector<double> shares = poisson(load, most);
  // Each time the number of busy ones falls from k to k - 1, the one that was released waits until
  // it climbs to k again: the first passage from k - 1 to k. This is the transform of how many wait
  // for longer than t, by the rate at which they begin to.
  const auto waiting = [&](Complex s) {
    Complex sum;
    Complex passage;  // Of the first passage from k - 2 to k - 1.
    for (std::size_t k = 1; k <= most; ++k) {
      const auto below = static_cast<double>(k - 1);
      const Complex divisor = s + Complex{load + below, 0} + (-below) * passage;
      passage = Complex{load, 0} / divisor;
      const Complex longer = (Complex{1, 0} + -1.0 * passage) / s;
      sum = sum + (static_cast<double>(k) * shares[k]) * longer;
    }
    return sum;
  };
  const bool is_limited = environments && *environments <= most;
  const double throttled = is_limited ? shares[most] : 0;
  const double served = load * (1 - throttled);
  const double expire = inverse_laplace(idle_max, waiting);
  const double idle = inverse_laplace(idle_max, [&](Complex s) { return waiting(s) / s; });
  return {.throttled = throttled,
          .cold = std::max(0.0, expire) / served,
          .busy = served,
          .environments = served + idle};
}

Pool one_environment(double rate, double warm, double cold, double idle_max) {
  const double share = e_to_minus(rate * idle_max);
  const double mean = warm * (1 - share) + cold * share;
  return {.throttled = rate * mean / (1 + rate * mean),
          .cold = share,
          .busy = mean / (mean + 1 / rate),
          .environments = (mean + (1 - share) / rate) / (mean + 1 / rate)};
}

double wait_for_one(double rate, Moments duration, Moments init, std::optional<double> idle_max) {
  const double share = idle_max ? e_to_minus(rate * *idle_max) : 0;
  const double first = share * init.mean;
  const double second = share * init.square;
  return rate * duration.square / (2 * (1 - rate * duration.mean)) +
         (2 * first + rate * second) / (2 * (1 + rate * first));
}

}  // namespace smyth::simulate
