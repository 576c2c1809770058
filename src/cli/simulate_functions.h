#pragma once

#include "cli/commands.h"
#include "cli/simulate_measure.h"
#include "cli/simulate_reader.h"
#include "config/config.h"
#include "simulate/question.h"

namespace smyth::cli {

// The functions that are meant, into the question: those of the configuration (it may be null),
// all or those named; without a configuration one of the user's own. Of what is configured counts
// what Lambda would know, and the rest with --as-configured.
void read_functions(const SimulateOptions& options, const config::Config* config,
                    const Measurements& measured, SimulateReader& reader,
                    simulate::Question& question);

// The function of the configuration of this name; null: it is one of the user's own.
const config::Function* configured(const config::Config* config, const std::string& name);

// What an option says, else what a function's table `simulate` does.
Given given(const std::string& option_text, const char* option, const config::Config* config,
            const config::Function* function, config::Written config::Simulated::* written,
            const char* setting);

}  // namespace smyth::cli
