#include "calibrate/fit.h"

#include "base/check.h"
#include "calibrate/search.h"

#include <numeric>
#include <utility>

namespace smyth::calibrate {

double Fit::count_error() const {
  double sum = 0;
  for (const Score& score : scores) sum += score.count_error();
  return sum / static_cast<double>(scores.size());
}

Score Fit::total() const {
  return std::accumulate(scores.begin(), scores.end(), Score{},
                         [](Score sum, const Score& score) { return sum += score; });
}

Fit fit(std::span<const Trace> traces) {
  std::vector<std::size_t> all(traces.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Search search(traces);
  Fit fit{.constants = search.best_for(all), .scores = {}};
  for (const std::size_t i : all) fit.scores.push_back(search.score(i, fit.constants));
  return fit;
}

std::vector<Fit> leave_one_out(std::span<const Trace> traces) {
  SMYTH_CHECK(traces.size() > 1);
  Search search(traces);
  std::vector<Fit> fits;
  for (std::size_t out = 0; out < traces.size(); ++out) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < traces.size(); ++i) {
      if (i != out) others.push_back(i);
    }
    const Constants constants = search.best_for(std::move(others));
    fits.push_back({.constants = constants, .scores = {search.score(out, constants)}});
  }
  return fits;
}

}  // namespace smyth::calibrate
