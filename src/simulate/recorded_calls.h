#pragma once

#include "base/result.h"
#include "traffic/call.h"

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

namespace smyth::simulate {

// What is taken from a record of `smyth run`.
struct RecordedCallsOptions {
  // A record holds no names: those of its functions, in the order in which they were configured.
  // Without one, a function is called "function 0" and so on.
  std::vector<std::string> names;
  enum class Lengths : std::uint8_t { as_seen, unsaid };
  Lengths durations = Lengths::as_seen;
  Lengths inits = Lengths::as_seen;
};

// The calls that a server has recorded: when each arrived, how long it ran, and how long its init
// took. What was not seen, how long a call that was throttled would have run or the init of a warm
// one, is what was seen latest of its function.
//
// The record is decided again while it is read: the error of one that is damaged, or that this
// scheduler decides otherwise, is Replayer's.
Result<std::unique_ptr<traffic::CallSource>> open_recorded_calls(const std::string& file,
                                                                 RecordedCallsOptions options);

// The same, of a stream; errors call it by `name`.
std::unique_ptr<traffic::CallSource> read_recorded_calls(std::unique_ptr<std::istream> in,
                                                         std::string name,
                                                         RecordedCallsOptions options);

}  // namespace smyth::simulate
