#pragma once

#include "base/result.h"
#include "base/time.h"
#include "simulate/answer.h"
#include "simulate/question.h"

#include <cstddef>
#include <optional>
#include <span>

namespace smyth::simulate {

// How many of these values, one after the other, are still of the beginning: those without which
// the mean of the rest is known best (MSER: the least standard error, White 1997). None: the
// beginning has no end in the first half of them.
std::optional<std::size_t> beginning_of(std::span<const double> values);

// Plays the first replication once to find how long environments, all and busy ones, take to be as
// many as in the long run: means over up to 600 equal stretches of time. None: too long for the
// run.
Result<std::optional<Duration>> find_warm_up(const Question& question, Progress& progress);

}  // namespace smyth::simulate
