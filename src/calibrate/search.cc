#include "calibrate/search.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace smyth::calibrate {
namespace {

using std::chrono::seconds;

constexpr Duration shortest = seconds(60);
constexpr Duration longest = seconds(28'800);

double in_seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

// Lengths from `low` to `high`, each by the same factor longer.
std::vector<Duration> geometric(Duration low, Duration high, std::size_t count) {
  std::vector<Duration> lengths;
  const double ratio = in_seconds(high) / in_seconds(low);
  for (std::size_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    lengths.push_back(seconds(std::llround(in_seconds(low) * std::pow(ratio, share))));
  }
  return lengths;
}

// Multiples of `step`: the one nearest to `middle` and so many at each side of it.
std::vector<Duration> around(Duration middle, Duration step, int sides) {
  std::vector<Duration> lengths;
  const Duration nearest = step * ((middle + step / 2) / step);
  for (int i = -sides; i <= sides; ++i) {
    const Duration length = nearest + i * step;
    if (length >= shortest && length <= longest) lengths.push_back(length);
  }
  return lengths;
}

std::vector<Constants> grid_of(const std::vector<Duration>& function_idle,
                               const std::vector<Duration>& surplus_idle,
                               const std::vector<Duration>& max_life) {
  std::vector<Constants> grid;
  for (const Duration function : function_idle) {
    for (const Duration surplus : surplus_idle) {
      for (const Duration life : max_life) grid.push_back({function, surplus, life});
    }
  }
  return grid;
}

void add(std::vector<Constants>& grid, const std::vector<Constants>& more) {
  for (const Constants& constants : more) {
    if (std::ranges::find(grid, constants) == grid.end()) grid.push_back(constants);
  }
}

// The one nearest to the mean of all: the record does not tell them apart, and a middle one is
// least likely to be far off.
Constants middle_of(const std::vector<Constants>& all) {
  constexpr Duration Constants::* parts[] = {&Constants::function_idle, &Constants::surplus_idle,
                                             &Constants::max_life};
  const auto distance = [&](const Constants& one) {
    double sum = 0;
    for (const auto part : parts) {
      double mean = 0;
      for (const Constants& other : all) mean += in_seconds(other.*part);
      mean /= static_cast<double>(all.size());
      const double off = (in_seconds(one.*part) - mean) / mean;
      sum += off * off;
    }
    return sum;
  };
  return *std::ranges::min_element(all, {}, distance);
}

}  // namespace

bool Badness::is_less_than(const Badness& other) const {
  constexpr double same = 1e-9;
  const bool differs = !(std::abs(count_error - other.count_error) <= same);
  return differs ? count_error < other.count_error : wrong < other.wrong;
}

Score Search::score(std::size_t trace, const Constants& constants) {
  const Key key(trace, constants.function_idle, constants.surplus_idle, constants.max_life);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_.emplace(key, replay(traces_[trace], constants)).first->second;
}

Badness Search::try_out(const Constants& constants, const Badness& limit) {
  Badness sum{.count_error = 0};
  for (const std::size_t trace : which_) {
    const Score found = score(trace, constants);
    sum.count_error += found.count_error() / static_cast<double>(which_.size());
    sum.wrong += found.wrong();
    if (limit.is_less_than(sum)) break;
  }
  return sum;
}

std::vector<Search::Candidate> Search::best_of(std::vector<Candidate> best,
                                               const std::vector<Constants>& grid,
                                               std::size_t keep) {
  best.resize(std::min(best.size(), keep));
  for (const Constants& constants : grid) {
    const Badness limit = best.size() < keep ? Badness{} : best.back().badness;
    const Badness badness = try_out(constants, limit);
    const bool is_there = std::ranges::find(best, constants, &Candidate::constants) != best.end();
    if (is_there || !badness.is_less_than(limit)) continue;
    const auto place = std::ranges::find_if(
        best, [&](const Candidate& other) { return badness.is_less_than(other.badness); });
    best.insert(place, {constants, badness});
    if (best.size() > keep) best.pop_back();
  }
  return best;
}

std::vector<Constants> Search::equally_good(const std::vector<Constants>& grid, Badness limit) {
  std::vector<Constants> best;
  for (const Constants& constants : grid) {
    const Badness badness = try_out(constants, limit);
    if (limit.is_less_than(badness)) continue;
    if (badness.is_less_than(limit)) best.clear();
    limit = badness;
    best.push_back(constants);
  }
  return best;
}

Constants Search::best_for(std::vector<std::size_t> which) {
  SMYTH_CHECK(!which.empty());
  which_ = std::move(which);
  std::ranges::sort(which_, {},
                    [this](std::size_t i) { return std::pair(traces_[i].calls.size(), i); });
  constexpr std::size_t kept = 6;  // The best of a coarse grid need not be beside the best of all.
  std::vector<Candidate> best = best_of(
      {},
      grid_of(geometric(shortest, seconds(3'600), 15), geometric(shortest, seconds(7'200), 15),
              geometric(seconds(900), longest, 13)),
      kept);
  std::vector<Constants> grid;
  for (const auto& [at, badness] : best) {
    add(grid,
        grid_of(around(at.function_idle, seconds(30), 3), around(at.surplus_idle, seconds(100), 2),
                around(at.max_life, seconds(300), 2)));
  }
  best = best_of(std::move(best), grid, 2);
  grid.clear();
  for (const auto& [at, badness] : best) {
    add(grid,
        grid_of(around(at.function_idle, seconds(10), 3), around(at.surplus_idle, seconds(50), 6),
                around(at.max_life, seconds(150), 8)));
  }
  const std::vector<Constants> equal = equally_good(grid, best.front().badness);
  return equal.empty() ? best.front().constants : middle_of(equal);
}

}  // namespace smyth::calibrate
