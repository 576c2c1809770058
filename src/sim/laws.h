#pragma once

#include "base/prng.h"
#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace smyth::sim {

// The natural logarithm and the exponential function from additions, multiplications and divisions
// alone: libm's differ by library and version in their last digits, which would make two runs of
// one seed differ. `log` takes positive normal numbers, `exp` numbers from -700 to 700.
double log(double x);
double exp(double x);

// The standard normal distribution's quantile of a probability from 1e-9 to 1 - 1e-9.
double normal_quantile(double probability);

// A number of exponential distribution with a mean of 1.
double exponential_number(Prng& prng);

// The same numbers, drawn ahead: one after the other they cost half as much.
class ExponentialNumbers {
 public:
  explicit ExponentialNumbers(Prng prng) : prng_(prng) {}

  double next() {
    if (next_ == ahead_.size()) draw();
    return ahead_[next_++];
  }

 private:
  void draw();

  Prng prng_;
  std::array<double, 64> ahead_{};
  std::size_t next_ = ahead_.size();
};

// A percentile of a distribution: `probability` of all lengths are at most `length`.
struct Percentile {
  double probability;
  Duration length;
};

// A distribution of lengths of time. The same generator gives the same lengths with every compiler,
// optimisation level and machine; a length that would pass `longest` is cut to it.
class Law {
 public:
  static constexpr Duration longest = std::chrono::hours(24 * 366);

  static Law constant(Duration length);
  static Law exponential(Duration mean);
  // The log-normal distribution with these two percentiles: both longer than zero, and the one of
  // the higher probability not the shorter.
  static Law lognormal(Percentile low, Percentile high);
  // Shape and mean are above zero; a shape of 1 is the exponential distribution.
  static Law gamma(double shape, Duration mean);
  // Each of these lengths, at least one, is as likely as any other.
  static Law empirical(std::vector<Duration> lengths);

  Duration draw(Prng& prng) const;
  // The same one after the other, at half the cost.
  void draw(Prng& prng, std::span<Duration> lengths) const;

  // Of the lengths before any is cut, in nanoseconds: the mean, and that of their squares.
  double mean() const;
  double mean_square() const;
  bool is_constant() const { return kind_ == Kind::constant; }
  bool is_exponential() const { return kind_ == Kind::exponential; }

 private:
  enum class Kind : std::uint8_t { constant, exponential, lognormal, gamma, empirical };

  Kind kind_ = Kind::constant;
  double scale_ = 0;  // Nanoseconds; of a log-normal law the logarithm's mean.
  double shape_ = 0;  // Of a log-normal law the logarithm's standard deviation.
  // Of an empirical law: its copies own them together, as they may be millions, and of each
  // function of each question there is a copy.
  std::shared_ptr<const std::vector<Duration>> lengths_;
};

}  // namespace smyth::sim
