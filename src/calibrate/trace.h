#pragma once

#include "base/result.h"
#include "base/time.h"
#include "traffic/call.h"

#include <cstddef>
#include <string>
#include <vector>

namespace smyth::calibrate {

// The recorded calls of one function, with how each was served: what constants are fitted to.
// They are run over and over, so they are in memory.
struct Trace {
  static constexpr std::size_t calls_max = 10'000'000;

  std::string name;  // Of the file and, where it has several, of the function.
  std::vector<traffic::Call> calls;
};

// What a record does not say by itself.
struct TraceOptions {
  // In data seen from the client's side an environment is free so much before its client has the
  // answer.
  Duration early_reuse{0};
};

// The traces of a file, one for each function in it: rows of calls, or a log. Each call must have
// its duration and whether it was cold. The calls of a trace take as long as they did then, cold
// or not: they are of function 0, and `duration` and `cold_duration` are the same.
Result<std::vector<Trace>> read_traces(const std::string& file, const TraceOptions& options);
Result<std::vector<Trace>> read_traces(traffic::CallSource& source, const std::string& name,
                                       const TraceOptions& options);

}  // namespace smyth::calibrate
