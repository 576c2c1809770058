#pragma once

#include "simulate/grid.h"

#include <string>

namespace smyth::simulate {

// A page of HTML that needs no other file and no script: cost against p99 as a chart with its
// front, and a table of all points.
std::string grid_page(const Grid& grid);

}  // namespace smyth::simulate
