#pragma once

#include "base/time.h"
#include "core/action.h"
#include "core/input.h"

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string_view>

namespace smyth::core {

// How a record begins, before its seed, and each line of it that is an action.
inline constexpr std::string_view record_header = "smyth-record 4 seed=";
inline constexpr std::string_view record_indent = "  ";

// Writes down what a scheduler was told and what it decided, so that replay() (core/replay.h) can
// ask another one the same. No payload, name or path is in a record, only ids, times and the
// functions' specs:
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

}  // namespace smyth::core
