#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "core/action.h"
#include "core/input.h"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace smyth::core {

// What a record has held so far.
struct Replay {
  std::uint64_t seed = 0;
  std::uint64_t inputs = 0;
  std::uint64_t actions = 0;  // That were decided as they are recorded.
  std::uint64_t decision_hash = 0;
};

// Where a scheduler decides otherwise than the record says.
struct Difference {
  std::uint64_t line = 0;   // Of the record, from 1.
  std::uint64_t input = 0;  // Its number, from 1.
  TimePoint at{};
  std::string input_text;
  std::string recorded;  // An action as text; empty: there is none.
  std::string decided;   // Likewise.
};

// One input of a record, and what follows from it; `actions` are valid until the next step.
struct ReplayedStep {
  Input input;  // Without its spec: see ParsedInput.
  TimePoint now{};
  InvocationId arrived;  // Of an arrival: its invocation.
  std::span<const Action> actions;
};

// Hands the inputs of a record to a new scheduler, one after the other, and compares its actions,
// byte for byte.
class Replayer {
 public:
  // `in` has to live as long as the replayer.
  explicit Replayer(std::istream& in);
  ~Replayer();

  // The next input, decided as it is recorded; nullopt if there are no more. The error names the
  // first line that is damaged or missing (misused), or decided otherwise (failed), which
  // difference() tells of. After it there is no going on.
  Result<std::optional<ReplayedStep>> next();

  Replay so_far() const;
  const std::optional<Difference>& difference() const;

 private:
  class State;

  std::unique_ptr<State> state_;
};

// All of a record.
Result<Replay> replay(std::istream& in);

}  // namespace smyth::core
