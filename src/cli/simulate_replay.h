#pragma once

#include "cli/commands.h"

namespace smyth::cli {

// Asks the scheduler of this program again what a record of `smyth run --record` says, and prints
// what is in it. The exit code: 1 if something is decided otherwise, 2 if the record is damaged.
int simulate_replay(const SimulateOptions& options);

}  // namespace smyth::cli
