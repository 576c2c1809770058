#pragma once

#include "cli/commands.h"
#include "cli/simulate_reader.h"
#include "config/config.h"
#include "simulate/question.h"

namespace smyth::cli {

// Who calls, when and for how long, into the question, whose functions are known.
void read_traffic(const SimulateOptions& options, const config::Config* config,
                  SimulateReader& reader, simulate::Question& question);

}  // namespace smyth::cli
