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

// One of several questions that differ in some values, and what came of it.
struct GridPoint {
  std::vector<std::string> values;
  Question question;
  Findings findings;
  bool is_front = false;  // No other is cheaper and not slower, or faster and not dearer.
};

// Several questions at once.
struct Grid {
  std::vector<std::string> names;  // Of the options whose values differ: "reserved".
  std::vector<GridPoint> points;
  std::size_t asked = 0;  // So many points there are if nobody interrupts it.

  bool is_complete() const;
};

// Answers all of them, on as many threads as the first asks for, and marks the front of cost a
// month against p99. Points that were not begun when `progress` was stopped are left out.
Result<void> answer_all(Grid& grid, Progress& progress);

// A line for each point, and what the marks mean.
std::string grid_table(const Grid& grid);

// What a search for the least number found.
struct Found {
  std::optional<std::uint64_t> least;  // None: not even `number` is enough.
  std::uint64_t number = 0;            // The one that `findings` are of: `least`, or the most.
  Question question;                   // With this number.
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

// Whether calls are throttled there, of which the conditions say nothing.
bool throttles_unasked(const Found& found, const std::vector<Condition>& conditions);

// What was found, with what the intervals leave open.
std::string found_text(const Found& found, const std::string& name,
                       const std::vector<Condition>& conditions);

}  // namespace smyth::simulate
