#include "simulate/figure_text.h"

#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace smyth::simulate {

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t i = std::ssize(text) - 3; i > 0; i -= 3) {
    text.insert(static_cast<std::size_t>(i), ",");
  }
  return text;
}

std::string short_number(double number) {
  if (number == 0) return "0";
  // What rounds up to the next power of ten has a digit less behind the point.
  const double rounded = std::abs(number) * (1 + 5e-4);
  const int before = static_cast<int>(std::floor(std::log10(rounded))) + 1;
  if (before > 3 && number > 0) return grouped(static_cast<std::uint64_t>(std::llround(number)));
  return fmt::format("{:.{}f}", number, std::clamp(3 - before, 0, 9));
}

std::string percent(double share) { return short_number(share * 100) + " %"; }

std::string dollars(double amount) {
  if (amount > 0 && amount < 0.01) return fmt::format("${:.2g}", amount);
  const std::string cents = fmt::format("{:.2f}", amount);
  const std::size_t point = cents.size() - 3;
  return "$" + grouped(std::stoull(cents.substr(0, point))) + cents.substr(point);
}

std::string length_text(double nanoseconds) {
  return length_text(Duration(static_cast<Duration::rep>(nanoseconds)));
}

std::string interval(const Estimate& estimate, double scale) {
  if (estimate.low == estimate.high) return {};
  return fmt::format(" ({} - {})", short_number(estimate.low * scale),
                     short_number(estimate.high * scale));
}

std::string share(const Estimate& estimate) {
  return percent(estimate.value) + interval(estimate, 100);
}

std::string_view word_of(Origin origin) {
  switch (origin) {
    case Origin::documented:
      return "documented by AWS";
    case Origin::measured:
      return "measured";
    case Origin::assumed:
      return "assumed";
    case Origin::given:
      return "given";
  }
  return {};
}

std::string origin_text(const Constant& constant) {
  const std::string_view word = word_of(constant.origin);
  if (constant.source.empty()) return std::string(word);
  // A source may say it itself: "measured on Lambda in 2020".
  if (constant.source.starts_with(word)) return constant.source;
  return fmt::format("{}: {}", word, constant.source);
}

}  // namespace smyth::simulate
