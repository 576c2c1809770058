#include "sim/laws.h"

#include "base/check.h"

#include <bit>
#include <cmath>
#include <utility>

namespace smyth::sim {

namespace {

// A number in (0, 1), never one of its ends.
double uniform(Prng& prng) { return (static_cast<double>(prng.next() >> 12) + 0.5) * 0x1p-52; }

// Marsaglia's polar method. The square root is exact to the last digit by IEEE 754.
double normal(Prng& prng) {
  for (;;) {
    const double x = 2 * uniform(prng) - 1;
    const double y = 2 * uniform(prng) - 1;
    const double square = x * x + y * y;
    if (square < 1 && square > 0) return x * std::sqrt(-2 * log(square) / square);
  }
}

// Marsaglia and Tsang's method, for a scale of 1; a shape below 1 is led back to one above.
double gamma_number(Prng& prng, double shape) {
  if (shape < 1) {
    const double larger = gamma_number(prng, shape + 1);
    const double exponent = log(uniform(prng)) / shape;
    return exponent < -700 ? 0 : larger * exp(exponent);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(prng);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (log(uniform(prng)) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
  }
}

double normal_probability(double z) {
  double term = z;
  double sum = z;
  for (int odd = 3; odd < 400; odd += 2) sum += term *= z * z / odd;
  return 0.5 + sum * exp(-0.5 * z * z) * 0.3989422804014326779;
}

Duration cut(double nanoseconds) {
  const auto most = static_cast<double>(Law::longest.count());
  if (nanoseconds >= most) return Law::longest;
  return Duration(std::llround(nanoseconds));
}

}  // namespace

double log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto power = static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++power;
  }
  // log m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double z = s * s;
  double series = 0;
  for (int odd = 21; odd >= 3; odd -= 2) series = (series + 1.0 / odd) * z;
  return power * 0.69314718055994530942 + 2 * (s + s * series);
}

double exp(double x) {
  const double turns = x * 1.4426950408889634074;
  const int power = static_cast<int>(turns < 0 ? turns - 0.5 : turns + 0.5);
  // ln 2 in two parts: the first has so few digits that its product is exact.
  const double rest = x - power * 0x1.62e42fee00000p-1 - power * 0x1.a39ef35793c76p-33;
  double series = 1;
  for (int n = 14; n >= 1; --n) series = 1 + series * rest / n;
  return series * std::bit_cast<double>(static_cast<std::uint64_t>(power + 1023) << 52);
}

double normal_quantile(double probability) {
  SMYTH_CHECK(probability >= 1e-9 && probability <= 1 - 1e-9);
  double low = -7;
  double high = 7;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (normal_probability(middle) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

Law Law::constant(Duration length) {
  Law law;
  law.scale_ = static_cast<double>(length.count());
  return law;
}

Law Law::exponential(Duration mean) {
  Law law = constant(mean);
  law.kind_ = Kind::exponential;
  return law;
}

Law Law::lognormal(Percentile low, Percentile high) {
  SMYTH_CHECK(low.length > Duration::zero() && high.length >= low.length);
  SMYTH_CHECK(high.probability > low.probability);
  const double low_z = normal_quantile(low.probability);
  const double low_log = log(static_cast<double>(low.length.count()));
  const double high_log = log(static_cast<double>(high.length.count()));
  Law law;
  law.kind_ = Kind::lognormal;
  law.shape_ = (high_log - low_log) / (normal_quantile(high.probability) - low_z);
  law.scale_ = low_log - law.shape_ * low_z;
  return law;
}

Law Law::gamma(double shape, Duration mean) {
  SMYTH_CHECK(shape > 0);
  Law law;
  law.kind_ = Kind::gamma;
  law.shape_ = shape;
  law.scale_ = static_cast<double>(mean.count()) / shape;
  return law;
}

Law Law::empirical(std::vector<Duration> lengths) {
  SMYTH_CHECK(!lengths.empty());
  Law law;
  law.kind_ = Kind::empirical;
  law.lengths_ = std::move(lengths);
  return law;
}

Duration Law::draw(Prng& prng) const {
  switch (kind_) {
    case Kind::constant:
      return cut(scale_);
    case Kind::exponential:
      return cut(-log(uniform(prng)) * scale_);
    case Kind::lognormal: {
      const double logarithm = scale_ + shape_ * normal(prng);
      return logarithm > 100 ? longest : logarithm < -100 ? Duration() : cut(exp(logarithm));
    }
    case Kind::gamma:
      return cut(gamma_number(prng, shape_) * scale_);
    case Kind::empirical:
      return lengths_[prng.below(lengths_.size())];
  }
  return {};
}

}  // namespace smyth::sim
