#include "simulate/measurement.h"

#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::simulate {
namespace {

// The least length that at least this share is not longer than.
Duration percentile(const std::vector<Duration>& sorted, std::size_t hundredths) {
  return sorted[(sorted.size() * hundredths + 99) / 100 - 1];
}

std::string lengths_text(std::vector<Duration> lengths) {
  if (lengths.empty()) return "0";
  std::ranges::sort(lengths);
  return fmt::format("{} (median {}, p99 {})", lengths.size(), length_text(percentile(lengths, 50)),
                     length_text(percentile(lengths, 99)));
}

}  // namespace

Constant constant_of(const std::string& function, const Measurement& measured,
                     const std::string& event) {
  std::string value =
      fmt::format("warm calls {}, inits {}, errors {} of {}", lengths_text(measured.warm),
                  lengths_text(measured.inits), measured.errors, measured.invocations);
  return {.name = function,
          .value = std::move(value),
          .origin = Origin::measured,
          .source = fmt::format("measured here with the event `{}`", event.empty() ? "{}" : event)};
}

}  // namespace smyth::simulate
