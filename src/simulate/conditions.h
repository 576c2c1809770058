#pragma once

#include "base/result.h"
#include "simulate/estimate.h"
#include "simulate/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::simulate {

// Something that findings are to be like: "p99 < 300ms".
struct Condition {
  enum class Figure : std::uint8_t {
    p50,
    p90,
    p99,
    p999,
    cold,
    throttled,
    errors,
    wait,
    environments,
    cost,
  };
  Figure figure = Figure::p99;
  bool is_below = true;  // The figure is to be below the limit, else above it.
  bool may_equal = false;
  double limit = 0;  // Nanoseconds, a share, a number, dollars a month.
  std::string text;  // As it was written.

  Estimate value_in(const Findings& findings) const;
  // "412 ms (400 - 425)"
  std::string value_text(const Estimate& value) const;
  bool holds(double value) const;
};

//   p99 < 300ms and throttled < 0.1%
//
// Figures: p50 p90 p99 p99.9 (latencies) wait (mean) with lengths; cold throttled errors with
// shares; environments (mean) with a number; cost (a month) with dollars.
Result<std::vector<Condition>> read_conditions(std::string_view text, std::string_view what);

}  // namespace smyth::simulate
