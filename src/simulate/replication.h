#pragma once

#include "base/result.h"
#include "sim/tally.h"
#include "simulate/answer.h"
#include "simulate/question.h"

#include <cstdint>
#include <vector>

namespace smyth::simulate {

// What provisioned concurrency of a function was there and used.
struct Provisioned {
  double reserved = 0;  // Of environments, whether they were used or not: nanoseconds.
  double covered = 0;   // Of environments that were busy, of those that were provisioned.
  double busy = 0;      // Of all that were busy.

  Provisioned& operator+=(const Provisioned& other);
};

// One run of a question, of those that differ only in the seed.
struct Replication {
  std::vector<Function> functions;  // Those of the question, then those that the traffic named.
  std::vector<Provisioned> provisioned;  // Of each function.
  sim::Tally tally;
  std::uint64_t seed = 0;
  TimePoint end{};
  Duration length{0};  // Until the end, without the warm-up.
  std::uint64_t decision_hash = 0;
  bool complete = false;
};

Result<Replication> play(const Question& question, std::uint32_t number, Progress& progress,
                         Watcher* watcher = nullptr);

}  // namespace smyth::simulate
