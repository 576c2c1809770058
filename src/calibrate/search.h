#pragma once

#include "calibrate/replay.h"
#include "calibrate/trace.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace smyth::calibrate {

// How bad constants are: first by the mean error of the count, then by the wrong calls. Errors that
// differ in the last digits of their sums alone are the same.
struct Badness {
  double count_error = std::numeric_limits<double>::infinity();
  std::uint64_t wrong = 0;

  bool is_less_than(const Badness& other) const;
  bool is_same_as(const Badness& other) const {
    return !is_less_than(other) && !other.is_less_than(*this);
  }
};

// Looks for the constants of traces, on ever finer grids. It remembers each replay, so that fits to
// several choices of the traces cost little more than one.
class Search {
 public:
  explicit Search(std::span<const Trace> traces) : traces_(traces) {}

  // Fitted to the traces of these numbers.
  Constants best_for(std::vector<std::size_t> which);

  Score score(std::size_t trace, const Constants& constants);

 private:
  struct Candidate {
    Constants constants;
    Badness badness;
  };
  using Key = std::tuple<std::size_t, Duration, Duration, Duration>;

  // Gives up as soon as it is worse than the limit.
  Badness try_out(const Constants& constants, const Badness& limit);
  // The best of those and of a grid, at most so many, the best first.
  std::vector<Candidate> best_of(std::vector<Candidate> best, const std::vector<Constants>& grid,
                                 std::size_t keep);
  // All of a grid that are as good as the best; none if they are all worse than `limit`.
  std::vector<Constants> equally_good(const std::vector<Constants>& grid, Badness limit);

  std::span<const Trace> traces_;
  std::vector<std::size_t> which_;  // That are fitted to; short ones first.
  std::map<Key, Score> known_;
};

}  // namespace smyth::calibrate
