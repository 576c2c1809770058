#include "simulate/grid.h"

#include "simulate/figure_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>
#include <utility>

namespace smyth::simulate {
namespace {

double p99_of(const Findings& findings) { return findings.all.all.at[2].value; }
double cost_of(const Findings& findings) { return findings.all.month.total(); }
bool serves_anybody(const Findings& findings) { return findings.all.sums.answered > 0; }

// At least as good in both, and better in one. What serves nobody is cheap and never slow.
bool is_better(const Findings& a, const Findings& b) {
  if (!serves_anybody(a) || !serves_anybody(b)) return serves_anybody(a);
  const bool is_no_worse = p99_of(a) <= p99_of(b) && cost_of(a) <= cost_of(b);
  return is_no_worse && (p99_of(a) < p99_of(b) || cost_of(a) < cost_of(b));
}

void mark_front(std::vector<GridPoint>& points) {
  for (GridPoint& point : points) {
    point.is_front =
        serves_anybody(point.findings) && std::ranges::none_of(points, [&](const GridPoint& other) {
          return is_better(other.findings, point.findings);
        });
  }
}

}  // namespace

bool Grid::is_complete() const {
  return points.size() == asked && std::ranges::all_of(points, [](const GridPoint& point) {
           return point.findings.complete;
         });
}

Result<void> answer_all(Grid& grid, Progress& progress) {
  std::vector<GridPoint>& points = grid.points;
  const std::size_t count = grid.asked = points.size();
  const std::size_t threads =
      std::min<std::size_t>(count, count > 0 ? points.front().question.threads : 0);
  std::vector<std::optional<Result<Findings>>> answers(count);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !progress.stop; i = next++) {
      answers[i] = answer(points[i].question, progress);
    }
  };
  // The points keep the cores busy: each is played by one thread, unless there are fewer of them.
  for (GridPoint& point : points) {
    point.question.threads =
        std::max<std::uint32_t>(1, point.question.threads / static_cast<std::uint32_t>(threads));
  }
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  std::vector<GridPoint> done;
  for (std::size_t i = 0; i < count; ++i) {
    auto& answer = answers[i];
    if (!answer) continue;
    if (!answer->has_value()) return std::unexpected(answer->error());
    points[i].findings = std::move(answer->value());
    done.push_back(std::move(points[i]));
  }
  points = std::move(done);
  mark_front(points);
  return {};
}

std::string grid_table(const Grid& grid) {
  std::string text;
  if (!grid.is_complete()) {
    text = fmt::format("NOT COMPLETE: {} of {} points\n\n", grid.points.size(), grid.asked);
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < grid.names.size(); ++i) {
    std::size_t width = grid.names[i].size();
    for (const GridPoint& point : grid.points) width = std::max(width, point.values[i].size());
    widths.push_back(width + 2);
    text += fmt::format("{:<{}}", grid.names[i], widths[i]);
  }
  text += fmt::format("{:>10}{:>12}{:>10}{:>10}{:>14}{:>14}\n", "cold", "throttled", "p50", "p99",
                      "environments", "$ a month");
  for (const GridPoint& point : grid.points) {
    const Figures& all = point.findings.all;
    for (std::size_t i = 0; i < grid.names.size(); ++i) {
      text += fmt::format("{:<{}}", point.values[i], widths[i]);
    }
    text += fmt::format("{:>10}{:>12}{:>10}{:>10}{:>14.4g}{:>14.2f}{}\n",
                        percent(all.cold_share.value), percent(all.throttled_share.value),
                        length_text(all.all.at[0].value), length_text(all.all.at[2].value),
                        all.environments.value, all.month.total(), point.is_front ? "  *" : "");
  }
  return text +
         "\n* none of the others is cheaper and not slower at p99, or faster and not dearer\n";
}

namespace {

// What serves nobody is never enough: figures of no call at all are zero.
bool meets(const Findings& findings, const std::vector<Condition>& conditions) {
  if (!serves_anybody(findings)) return false;
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    return condition.holds(condition.value_in(findings).value);
  });
}

}  // namespace

Result<Found> find_least(std::uint64_t least, std::uint64_t most,
                         const std::vector<Condition>& conditions,
                         const std::function<Result<Question>(std::uint64_t)>& question,
                         Progress& progress) {
  Found found;
  const auto is_enough = [&](std::uint64_t number) -> Result<bool> {
    const auto asked = question(number);
    if (!asked) return std::unexpected(asked.error());
    auto findings = answer(*asked, progress);
    if (!findings) return std::unexpected(findings.error());
    found.tried.push_back(number);
    const bool is_met = meets(*findings, conditions) && findings->complete;
    if (is_met || !found.least) {
      found.findings = *std::move(findings);
      found.question = *asked;
      found.number = number;
    }
    if (is_met) found.least = number;
    return is_met;
  };
  std::uint64_t too_few = least;  // One more than the most that is known not to be enough.
  for (std::uint64_t number = least;;
       number = std::min(most, std::max<std::uint64_t>(1, number * 2))) {
    const auto enough = is_enough(number);
    if (!enough) return std::unexpected(enough.error());
    if (*enough || progress.stop) break;
    too_few = number + 1;
    if (number == most) return found;
  }
  while (found.least && too_few < *found.least && !progress.stop) {
    const std::uint64_t middle = too_few + (*found.least - too_few) / 2;
    const auto enough = is_enough(middle);
    if (!enough) return std::unexpected(enough.error());
    if (!*enough) too_few = middle + 1;
  }
  return found;
}

bool throttles_unasked(const Found& found, const std::vector<Condition>& conditions) {
  const bool is_asked = std::ranges::any_of(conditions, [](const Condition& condition) {
    return condition.figure == Condition::Figure::throttled;
  });
  return found.findings.all.sums.throttled > 0 && !is_asked;
}

std::string found_text(const Found& found, const std::string& name,
                       const std::vector<Condition>& conditions) {
  std::string text = found.least
                         ? fmt::format("{}: {} is the least that is enough\n", name, *found.least)
                         : fmt::format("{}: {} is not enough\n", name, found.number);
  bool is_open = false;
  for (const Condition& condition : conditions) {
    const Estimate value = condition.value_in(found.findings);
    const bool is_sure = condition.holds(value.low) == condition.holds(value.high);
    is_open = is_open || !is_sure;
    text += fmt::format("  {}: {}{}\n", condition.text, condition.value_text(value),
                        !condition.holds(value.value) ? ", not met"
                        : is_sure                     ? ""
                                                      : ", met or not: chance decides");
  }
  if (throttles_unasked(found, conditions)) {
    text += fmt::format("  throttled: {}\n", share(found.findings.all.throttled_share));
  }
  if (found.least && is_open) {
    text += "  the intervals leave it open: more --replications, or a longer --for, would say\n";
  }
  return text + fmt::format("  tried: {}\n", fmt::join(found.tried, ", "));
}

}  // namespace smyth::simulate
