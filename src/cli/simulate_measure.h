#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "config/config.h"
#include "simulate/measurement.h"

#include <map>
#include <optional>
#include <string>

namespace smyth::cli {

// What was measured of each function, by its name.
using Measurements = std::map<std::string, simulate::Measurement>;

// --measure: runs the handlers of the functions that are asked for, each so often in one
// environment and a quarter as often in a new one, with the event of --event. Nothing, if it is not
// asked for; nullopt, if it was interrupted. A function whose every invocation fails is an error,
// since how long it takes to fail says nothing.
Result<std::optional<Measurements>> measure(const SimulateOptions& options,
                                            const config::Config* config);

}  // namespace smyth::cli
