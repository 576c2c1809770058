#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "cli/simulate_measure.h"
#include "config/config.h"
#include "simulate/question.h"
#include "simulate/words.h"

namespace smyth::cli {

// What was typed as a question: Lambda's limits and lives unless others are said; of the functions
// of the configuration only what Lambda would know of them (memory, reserved and provisioned
// concurrency) and what their tables `simulate` say. `config` may be null: there is none. What was
// measured wins over the tables, and what is typed over what was measured. Laws that `laws` knows
// are not read again.
Result<simulate::Question> question_of(const SimulateOptions& options, const config::Config* config,
                                       const Measurements& measured, simulate::Laws& laws);

}  // namespace smyth::cli
