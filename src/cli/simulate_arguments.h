#pragma once

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace smyth::cli {

// What `smyth simulate` takes.
void add_simulate(CLI::App& app, SimulateOptions& options);

}  // namespace smyth::cli
