#pragma once

#include "base/time.h"

// How long Lambda kept environments in May and June 2020: what `smyth calibrate` makes of six days
// of functions recorded then (docs/reference/simulation.md), on 2026-11-29. A test of calibrate
// finds these constants again.
namespace smyth::core::aws_2020 {

inline constexpr Duration function_idle_max = std::chrono::seconds(640);
inline constexpr Duration idle_max = std::chrono::seconds(1'150);
inline constexpr Duration life_max = std::chrono::seconds(6'150);

}  // namespace smyth::core::aws_2020
