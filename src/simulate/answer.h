#pragma once

#include "base/result.h"
#include "simulate/question.h"
#include "simulate/result.h"
#include "simulate/watcher.h"

#include <atomic>

namespace smyth::simulate {

// How far a simulation is, for whoever watches from another thread.
struct Progress {
  std::atomic<bool> stop = false;           // Set: end soon, with what is known so far.
  std::atomic<std::uint64_t> calls = 0;     // Played so far.
  std::atomic<std::int64_t> simulated = 0;  // Nanoseconds of virtual time, of all replications.
};

// Plays the question's traffic and says what came of it. The same question gives the same findings,
// whatever the number of threads. An error is one of the record's. `watcher`, where there is one,
// sees the first replication.
Result<Findings> answer(const Question& question, Progress& progress, Watcher* watcher = nullptr);

}  // namespace smyth::simulate
