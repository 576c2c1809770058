#pragma once

#include "base/result.h"
#include "base/time.h"
#include "core/action.h"
#include "core/input.h"

#include <cstdint>
#include <iosfwd>
#include <span>

namespace smyth::core {

// Writes down what a scheduler was told and what it decided, so that replay() can ask another one
// the same. No payload, name or path is in a record, only ids, times and the functions' specs:
//
//   smyth-record 4 seed=0
//   1500000 arrive function=0.0 kind=request_response
//     start environment=0.0 function=0 slot=0 serial=1 why=cold invocation=0.0
//
// The record begins with the scheduler: one that has handled inputs before cannot be replayed.
class Recorder {
 public:
  // `out` has to live as long as the recorder. `seed` is what the driver's randomness came from.
  Recorder(std::ostream& out, std::uint64_t seed);

  void write(const Input& input, TimePoint now, std::span<const Action> actions);

 private:
  std::ostream& out_;
};

// What a record held.
struct Replay {
  std::uint64_t seed = 0;
  std::uint64_t inputs = 0;
  std::uint64_t actions = 0;
  std::uint64_t decision_hash = 0;
};

// Hands the inputs of a record to a new scheduler and compares its actions, byte for byte. The
// error names the first line that is different, damaged or missing.
Result<Replay> replay(std::istream& in);

}  // namespace smyth::core
