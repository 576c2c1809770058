#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "cli/simulate_measure.h"
#include "config/config.h"
#include "simulate/answer.h"

namespace smyth::cli {

// Whether several questions are asked at once, or the inverse one: options with lists of values, or
// --find.
bool is_grid(const SimulateOptions& options);

// Answers it and prints what was found; the exit code.
int simulate_grid(const SimulateOptions& options, const config::Config* config,
                  const Measurements& measured, simulate::Progress& progress);

}  // namespace smyth::cli
