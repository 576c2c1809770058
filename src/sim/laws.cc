#include "sim/laws.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

namespace smyth::sim {

namespace {

// A number in (0, 1), never one of its ends.
double uniform(Prng& prng) { return (static_cast<double>(prng.next() >> 12) + 0.5) * 0x1p-52; }

// Marsaglia and Tsang's ziggurat: a falling density under 256 layers of one area, each of which is
// a rectangle but for its rim. `edge` are the layers' widths, from the base (as wide as its area
// would be with the tail in it) to the top's zero; `height` is the density there.
struct Ziggurat {
  static constexpr std::size_t layers = 256;

  template <class Density, class Inverse>
  Ziggurat(double last_edge, double area, Density density, Inverse inverse) {
    edge[0] = area / density(last_edge);
    edge[1] = last_edge;
    for (std::size_t i = 1; i < layers - 1; ++i) {
      edge[i + 1] = inverse(area / edge[i] + density(edge[i]));
    }
    edge[layers] = 0;
    for (std::size_t i = 0; i <= layers; ++i) height[i] = density(edge[i]);
  }

  std::array<double, layers + 1> edge;
  std::array<double, layers + 1> height;
};

const Ziggurat& exponential_layers() {
  static const Ziggurat layers(
      7.69711747013104972, 0.0039496598225815571993, [](double x) { return exp(-x); },
      [](double y) { return -log(y); });
  return layers;
}

// One word is enough for 98 of 100 numbers: its low 8 bits choose the layer, its high 52 the place.
inline double exponential(Prng& prng, const Ziggurat& layers) {
  double tail = 0;
  for (;;) {
    const std::uint64_t word = prng.next();
    const std::size_t i = word & 0xff;
    const double x = (static_cast<double>(word >> 12) + 0.5) * 0x1p-52 * layers.edge[i];
    if (x < layers.edge[i + 1]) [[likely]] {
      return tail + x;
    }
    if (i == 0) {  // Beyond the last edge it is the same distribution again.
      tail += layers.edge[1];
      continue;
    }
    const double y = layers.height[i] + uniform(prng) * (layers.height[i + 1] - layers.height[i]);
    if (y < exp(-x)) return tail + x;
  }
}

const Ziggurat& normal_layers() {
  static const Ziggurat layers(
      3.6541528853610088, 0.00492867323399, [](double x) { return exp(-0.5 * x * x); },
      [](double y) { return std::sqrt(-2 * log(y)); });
  return layers;
}

double normal_tail(Prng& prng, double edge) {
  for (;;) {
    const double x = exponential_number(prng) / edge;
    if (2 * exponential_number(prng) > x * x) return edge + x;
  }
}

// Bit 8 is the sign.
inline double normal(Prng& prng, const Ziggurat& layers) {
  for (;;) {
    const std::uint64_t word = prng.next();
    const std::size_t i = word & 0xff;
    const std::uint64_t sign = word << 55 & std::uint64_t{1} << 63;
    const auto with_sign = [sign](double x) {
      return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) | sign);
    };
    const double x = (static_cast<double>(word >> 12) + 0.5) * 0x1p-52 * layers.edge[i];
    if (x < layers.edge[i + 1]) [[likely]] {
      return with_sign(x);
    }
    if (i == 0) return with_sign(normal_tail(prng, layers.edge[1]));
    const double y = layers.height[i] + uniform(prng) * (layers.height[i + 1] - layers.height[i]);
    if (y < exp(-0.5 * x * x)) return with_sign(x);
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
    const double x = normal(prng, normal_layers());
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
  constexpr double half = 0.5;  // std::llround() is a call, and this is on the path of each call.
  return Duration(static_cast<Duration::rep>(nanoseconds + half));
}

// 2^(i / 64), from the exponential series.
constexpr std::array<double, 64> powers_of_two = [] {
  std::array<double, 64> powers{};
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const double x = static_cast<double>(i) * (0.69314718055994530942 / 64);
    double series = 1;
    for (int n = 20; n >= 1; --n) series = 1 + series * x / n;
    powers[i] = series;
  }
  return powers;
}();

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
  // e^x = 2^(whole + part / 64) * e^rest, where rest is below 0.0055.
  const double steps = x * (64 * 1.4426950408889634074);
  const auto nearest = static_cast<std::int64_t>(steps < 0 ? steps - 0.5 : steps + 0.5);
  const std::int64_t whole = nearest >> 6;
  // ln 2 / 64 in two parts: the first has so few digits that its product is exact.
  const auto times = static_cast<double>(nearest);
  const double rest = x - times * 0x1.62e42fee00000p-7 - times * 0x1.a39ef35793c76p-39;
  const double square = rest * rest;
  const double series = (1 + rest) + square * ((1.0 / 2 + rest * (1.0 / 6)) +
                                               square * (1.0 / 24 + rest * (1.0 / 120)));
  return powers_of_two[static_cast<std::size_t>(nearest & 63)] * series *
         std::bit_cast<double>(static_cast<std::uint64_t>(whole + 1023) << 52);
}

double exponential_number(Prng& prng) { return exponential(prng, exponential_layers()); }

void ExponentialNumbers::draw() {
  const Ziggurat& layers = exponential_layers();
  for (double& number : ahead_) number = exponential(prng_, layers);
  next_ = 0;
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
  law.lengths_ = std::make_shared<const std::vector<Duration>>(std::move(lengths));
  return law;
}

Duration Law::draw(Prng& prng) const {
  Duration length{0};
  draw(prng, {&length, 1});
  return length;
}

void Law::draw(Prng& prng, std::span<Duration> lengths) const {
  switch (kind_) {
    case Kind::constant:
      std::ranges::fill(lengths, cut(scale_));
      return;
    case Kind::exponential:
      for (Duration& length : lengths) length = cut(exponential_number(prng) * scale_);
      return;
    case Kind::lognormal: {
      const Ziggurat& layers = normal_layers();
      for (Duration& length : lengths) {
        const double logarithm = scale_ + shape_ * normal(prng, layers);
        length = cut(exp(std::clamp(logarithm, -100.0, 100.0)));
      }
      return;
    }
    case Kind::gamma:
      for (Duration& length : lengths) length = cut(gamma_number(prng, shape_) * scale_);
      return;
    case Kind::empirical:
      for (Duration& length : lengths) length = (*lengths_)[prng.below(lengths_->size())];
      return;
  }
}

double Law::mean() const {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      return scale_;
    case Kind::lognormal:
      return exp(std::min(scale_ + 0.5 * shape_ * shape_, 700.0));
    case Kind::gamma:
      return scale_ * shape_;
    case Kind::empirical:
      break;
  }
  double sum = 0;
  for (const Duration length : *lengths_) sum += static_cast<double>(length.count());
  return sum / static_cast<double>(lengths_->size());
}

double Law::mean_square() const {
  switch (kind_) {
    case Kind::constant:
      return scale_ * scale_;
    case Kind::exponential:
      return 2 * scale_ * scale_;
    case Kind::lognormal:
      return exp(std::min(2 * scale_ + 2 * shape_ * shape_, 700.0));
    case Kind::gamma:
      return scale_ * scale_ * shape_ * (shape_ + 1);
    case Kind::empirical:
      break;
  }
  double sum = 0;
  for (const Duration length : *lengths_) {
    sum += static_cast<double>(length.count()) * static_cast<double>(length.count());
  }
  return sum / static_cast<double>(lengths_->size());
}

}  // namespace smyth::sim
