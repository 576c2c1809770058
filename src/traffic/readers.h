#pragma once

#include "base/result.h"
#include "base/time.h"
#include "traffic/call.h"

#include <memory>
#include <string>
#include <vector>

// Readers of recorded traffic. Each takes files of any size in constant memory, `-` for standard
// input, and is exact: what is malformed is an error with file, line and column, never skipped.
namespace smyth::traffic {

// CSV with a header, or JSON lines if the file begins with `{`. The names of columns and members:
//
//   time (start, timestamp), end     a length since the beginning, or a date
//   function, duration, init, cold_duration, memory, environment, cold
//
// Only `time` must be there. A number has the unit that its column's name ends in (duration_ms;
// _ns, _us, _ms, _s, _min, _h, memory_mb, memory_mib, memory_gb), else it is seconds or MiB.
// With `end`, a call takes from `time` to `end`: a cold one as a whole, whatever `duration` says.
Result<std::unique_ptr<CallSource>> open_calls(const std::string& file);

// A pair of files of the Azure Functions trace 2019: calls per minute of one day, and durations.
// k calls in minute m come at the middles of its k equal parts; each takes the function's average,
// cold or warm. Functions are in the order of the first file.
Result<std::unique_ptr<CallSource>> open_azure_2019(const std::string& calls_per_minute,
                                                    const std::string& durations);

// The REPORT lines of Lambda's logs, as CloudWatch exports them; other lines are passed over.
Result<std::unique_ptr<CallSource>> open_reports(const std::string& file);

// What the file is of the two: rows of calls, or a log.
Result<std::unique_ptr<CallSource>> open_recorded(const std::string& file);

// A rate of calls that holds from a moment until the next point's.
struct RatePoint {
  TimePoint from;
  double per_second;
};

// CSV with the columns `t` (or `time`, units as above) and `rate` (calls per second, or
// `rate_per_min`, `rate_per_h`): at least one point, the first at zero, times growing. Points are
// in memory, at most 1,000,000.
Result<std::vector<RatePoint>> read_rates(const std::string& file);

}  // namespace smyth::traffic
