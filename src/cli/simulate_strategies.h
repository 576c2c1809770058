#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "config/config.h"
#include "simulate/question.h"

#include <string>
#include <string_view>

namespace smyth::cli {

// Whether a strategy is meant that is the user's: `module:function` or `module.function`.
bool is_users_strategy(std::string_view name);

// If functions of the question have strategies of the user's, who asks them: slowly, and one
// replication after the other. `config` may be null.
Result<void> add_strategies(const SimulateOptions& options, const config::Config* config,
                            simulate::Question& question);

}  // namespace smyth::cli
