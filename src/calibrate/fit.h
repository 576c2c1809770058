#pragma once

#include "calibrate/replay.h"
#include "calibrate/trace.h"

#include <cstddef>
#include <span>
#include <vector>

namespace smyth::calibrate {

// Constants, and how well each trace goes with them.
struct Fit {
  Constants constants;
  std::vector<Score> scores;  // Of the traces, in their order.

  // The mean over the traces of the error of the count of cold starts.
  double count_error() const;
  Score total() const;
};

// The constants whose replays have the least error of the count of cold starts, as a mean over the
// traces; of equal ones, those with the fewest calls that are wrongly cold or warm; of those still
// equal, the middle.
//
// They are looked for from one minute to eight hours, at last in steps of 10 s (`function_idle`),
// 50 s (`surplus_idle`) and 150 s (`max_life`): records of a few days do not tell more.
Fit fit(std::span<const Trace> traces);

// For each trace, the constants fitted to all others, and its own score with them: how well a
// record is foretold that the constants do not know. At least two traces.
std::vector<Fit> leave_one_out(std::span<const Trace> traces);

}  // namespace smyth::calibrate
