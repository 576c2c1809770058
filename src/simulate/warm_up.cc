#include "simulate/warm_up.h"

#include "simulate/replication.h"
#include "simulate/series.h"

#include <algorithm>
#include <vector>

namespace smyth::simulate {

std::optional<std::size_t> beginning_of(std::span<const double> values) {
  const std::size_t count = values.size();
  // From the end to the beginning, so that each more is one step.
  double sum = 0;
  double squares = 0;
  double least = 0;
  std::optional<std::size_t> best;
  // Differences from a value of the end: squares of large numbers would hide small ones.
  const double origin = values.empty() ? 0 : values.back();
  for (std::size_t left_out = count; left_out-- > 0;) {
    const double value = values[left_out] - origin;
    sum += value;
    squares += value * value;
    if (left_out > count / 2) continue;  // What few are left may agree by chance.
    const auto rest = static_cast<double>(count - left_out);
    const double error = std::max(0.0, squares - sum * sum / rest) / (rest * rest);
    if (best && error > least) continue;
    best = left_out;
    least = error;
  }
  const bool is_found = best && (*best < count / 2 || *best == 0);
  return is_found ? best : std::nullopt;
}

Result<std::optional<Duration>> find_warm_up(const Question& question, Progress& progress) {
  Series series;
  const auto played = play(question, 0, progress, &series);
  if (!played) return std::unexpected(played.error());
  std::vector<double> all;
  std::vector<double> busy;
  for (std::size_t i = 0; i < series.bins().size(); ++i) {
    if (series.length_of(i) < series.bin_length()) break;
    all.push_back(static_cast<double>(series.bins()[i].alive_time));
    busy.push_back(static_cast<double>(series.bins()[i].busy_time));
  }
  const auto of_all = beginning_of(all);
  const auto of_busy = beginning_of(busy);
  if (!of_all || !of_busy) return std::optional<Duration>();
  return std::optional(series.bin_length() *
                       static_cast<Duration::rep>(std::max(*of_all, *of_busy)));
}

}  // namespace smyth::simulate
