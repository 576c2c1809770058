#pragma once

#include "base/result.h"
#include "simulate/answer.h"
#include "simulate/conditions.h"
#include "simulate/question.h"
#include "simulate/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smyth::simulate {

// One of several questions that differ in some values.
struct Point {
  std::vector<std::string> values;
  Question question;
  Findings findings;
  bool is_front = false;  // No other is cheaper and not slower, or faster and not dearer.
};

// Answers all of them, on as many threads as the first asks for. Those that were not begun when
// `progress` was stopped are left out, and the rest is not complete.
Result<void> answer_all(std::vector<Point>& points, Progress& progress);

// Of cost a month against p99.
void mark_front(std::vector<Point>& points);

// A line for each point, and what the marks mean.
std::string grid_table(const std::vector<std::string>& names, const std::vector<Point>& points);

// What a search for the least number found.
struct Found {
  std::optional<std::uint64_t> least;  // None: not even `number` is enough.
  std::uint64_t number = 0;            // The one that `findings` are of: `least`, or the most.
  Findings findings;
  std::vector<std::uint64_t> tried;
};

// The least number from `least` to `most` of which the findings meet all conditions, if more of it
// never makes them worse: in doubling steps, then by halving. `question` makes the question of a
// number.
Result<Found> find_least(std::uint64_t least, std::uint64_t most,
                         const std::vector<Condition>& conditions,
                         const std::function<Result<Question>(std::uint64_t)>& question,
                         Progress& progress);

// What was found, with what the intervals leave open.
std::string found_text(const Found& found, const std::string& name,
                       const std::vector<Condition>& conditions);

}  // namespace smyth::simulate
