#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "cli/simulate_measure.h"
#include "config/config.h"
#include "simulate/question.h"

namespace smyth::cli {

// What was typed as a question: Lambda's limits and lives unless others are said; of the functions
// of the configuration only what Lambda would know of them (memory, reserved and provisioned
// concurrency) and what their tables `simulate` say. `config` may be null: there is none. What was
// measured wins over the tables, and what is typed over what was measured.
Result<simulate::Question> question_of(const SimulateOptions& options, const config::Config* config,
                                       const Measurements& measured);

}  // namespace smyth::cli
