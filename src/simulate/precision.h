#pragma once

#include "base/result.h"
#include "simulate/answer.h"
#include "simulate/question.h"

namespace smyth::simulate {

inline constexpr std::uint32_t replications_max = 1'024;

// The widest interval of the headlines (cold starts, throttled calls, environments, p99): half of
// it as a share of the figure. A figure of zero has none.
double widest_interval(const Findings& findings);

// Answers the question with twice the replications again and again, until no headline's interval is
// wider than `precision`, or there are replications_max. The question has then the number that it
// took.
Result<Findings> answer_within(Question& question, double precision, Progress& progress,
                               Watcher* watcher);

}  // namespace smyth::simulate
