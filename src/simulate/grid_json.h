#pragma once

#include "simulate/conditions.h"
#include "simulate/grid.h"

#include <string>
#include <vector>

namespace smyth::simulate {

// All points as docs/reference/simulate-json.md has them.
std::string grid_json(const Grid& grid);

// Likewise what a search for the least number of `option` found; `complete`: it was not
// interrupted.
std::string found_json(const Found& found, const std::string& option,
                       const std::vector<Condition>& conditions, bool complete);

}  // namespace smyth::simulate
