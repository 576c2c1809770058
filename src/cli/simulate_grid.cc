#include "cli/simulate_grid.h"

#include "cli/project.h"
#include "cli/simulate_progress.h"
#include "cli/simulate_question.h"
#include "cli/simulate_reader.h"
#include "simulate/grid.h"
#include "simulate/grid_json.h"
#include "simulate/grid_page.h"
#include "simulate/output_file.h"
#include "simulate/ranges.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::cli {
namespace {

constexpr std::size_t points_max = 10'000;

// An option that may have several values.
struct Axis {
  const char* option;
  std::string SimulateOptions::* value;
};
constexpr std::array<Axis, 7> axes = {{{"--rate", &SimulateOptions::rate},
                                       {"--memory", &SimulateOptions::memory},
                                       {"--arch", &SimulateOptions::architecture},
                                       {"--concurrency", &SimulateOptions::concurrency},
                                       {"--reserved", &SimulateOptions::reserved},
                                       {"--provisioned", &SimulateOptions::provisioned},
                                       {"--strategy", &SimulateOptions::strategy}}};

// What each point of a grid asks: the last option changes fastest.
struct Asked {
  std::vector<std::string> names;
  std::vector<std::pair<std::vector<std::string>, SimulateOptions>> points;
};

Result<Asked> asked_of(const SimulateOptions& options) {
  Asked grid;
  grid.points.push_back({{}, options});
  for (const Axis& axis : axes) {
    const std::string& text = options.*axis.value;
    if (!simulate::is_list(text)) continue;
    const auto values = simulate::read_list(text, axis.option);
    if (!values) return std::unexpected(values.error());
    if (grid.points.size() * values->size() > points_max) {
      return misuse(fmt::format("the grid has more than {} points", points_max),
                    "take longer steps: `20..200/20`");
    }
    grid.names.emplace_back(std::string_view(axis.option).substr(2));
    std::vector<std::pair<std::vector<std::string>, SimulateOptions>> more;
    for (const auto& [before, point] : grid.points) {
      for (const std::string& value : *values) {
        more.emplace_back(before, point);
        more.back().first.push_back(value);
        more.back().second.*axis.value = value;
      }
    }
    grid.points = std::move(more);
  }
  return grid;
}

// What is provisioned is a part of what is reserved: points that provision more are left out, where
// there are others.
void leave_out_impossible(Asked& grid) {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  const auto is_impossible = [](const auto& one) {
    const SimulateOptions& point = one.second;
    const auto reserved = simulate::read_count(point.reserved, "--reserved", 0, any);
    const auto provisioned = simulate::read_count(point.provisioned, "--provisioned", 0, any);
    return reserved && provisioned && *provisioned > *reserved;
  };
  const auto count = std::ranges::count_if(grid.points, is_impossible);
  if (count == 0 || count == std::ssize(grid.points)) return;
  std::erase_if(grid.points, is_impossible);
  fmt::print(stderr, "note: {} points that provision more than they reserve are left out\n", count);
}

// What a single question only has.
Result<void> check_outputs(const SimulateOptions& options) {
  for (const auto& [option, is_given] :
       {std::pair{"--calls", !options.calls.empty()}, std::pair{"--csv", !options.series.empty()},
        std::pair{"--timeline", !options.timeline.empty()},
        std::pair{"--analytic", options.analytic && !options.json},
        std::pair{"--explain", !options.explain.empty()},
        std::pair{"--precision", !options.precision.empty()}}) {
    if (is_given) {
      return misuse(fmt::format("`{}` is of one simulation, not of several", option),
                    "ask for one value of each option");
    }
  }
  if (options.trace == "-" || options.logs == "-") {
    return misuse("`-` can be read only once", "write it into a file");
  }
  return {};
}

int play_grid(const SimulateOptions& options, const config::Config* config,
              const Measurements& measured, simulate::Progress& progress) {
  auto asked = asked_of(options);
  if (!asked) return report(asked.error());
  leave_out_impossible(*asked);
  simulate::Grid grid{.names = std::move(asked->names)};
  simulate::Laws laws;
  for (auto& [values, point] : asked->points) {
    auto question = question_of(point, config, measured, laws);
    if (!question) return report(question.error());
    grid.points.push_back({.values = std::move(values), .question = *std::move(question)});
    // Strategies of the user's are asked one after the other.
    if (grid.points.back().question.strategies) grid.points.front().question.threads = 1;
  }
  // A file that cannot be written is found out before the simulation.
  std::unique_ptr<simulate::OutputFile> page;
  if (!options.html.empty()) {
    auto file = simulate::OutputFile::create(options.html);
    if (!file) return report(file.error());
    page = *std::move(file);
  }
  const double each = simulate::nanoseconds_of(grid.points.front().question);
  std::optional<ProgressLine> line;
  line.emplace(progress, each * static_cast<double>(grid.points.size()));
  if (const auto done = simulate::answer_all(grid, progress); !done) return report(done.error());
  line.reset();
  fmt::print("{}", options.json ? simulate::grid_json(grid) : simulate::grid_table(grid));
  if (page && !grid.points.empty()) {
    page->write(simulate::grid_page(grid));
    if (const auto done = page->finish(); !done) return report(done.error());
  }
  return grid.is_complete() ? 0 : exit_interrupted;
}

// The options that --find can look for, and the most that is tried: an account's concurrency.
Result<Axis> axis_to_find(const SimulateOptions& options) {
  simulate::Laws none;
  SimulateReader reader(none);
  const auto name = reader.word(options.find, "--find", {"provisioned", "reserved", "concurrency"});
  if (!name) return std::unexpected(reader.error().value_or(Error{}));
  const auto found = std::ranges::find_if(
      axes, [&](const Axis& axis) { return std::string_view(axis.option).substr(2) == *name; });
  if (!(options.*found->value).empty()) {
    return misuse(fmt::format("`--find {}` and `--{}` both say it", *name, *name),
                  "leave one of them out");
  }
  return *found;
}

// A limit that throttles nearly all calls serves the rest fast, warm and cheaply.
void note_throttled(const simulate::Found& found,
                    const std::vector<simulate::Condition>& conditions) {
  if (!found.least || !simulate::throttles_unasked(found, conditions)) return;
  fmt::print(
      stderr,
      "note: calls are throttled, which have no latency and cost nothing: add `and throttled "
      "< 0.1%` to `--until`\n");
}

int find(const SimulateOptions& options, const config::Config* config, const Measurements& measured,
         simulate::Progress& progress) {
  const auto axis = axis_to_find(options);
  if (!axis) return report(axis.error());
  if (options.until.empty()) {
    return report({ErrorCode::misused, "`--find` needs `--until`",
                   "say when it is enough: `--until 'p99 < 300ms and throttled < 0.1%'`"});
  }
  const auto conditions = simulate::read_conditions(options.until, "--until");
  if (!conditions) return report(conditions.error());
  // Checked once with a value that is always right, for the limits that it is looked for in.
  simulate::Laws laws;
  SimulateOptions asked = options;
  asked.*axis->value = "1";
  const auto base = question_of(asked, config, measured, laws);
  if (!base) return report(base.error());
  const std::optional<core::AccountSpec>& account = base->account;
  std::uint64_t most = account && account->concurrency > 0 ? account->concurrency : 10'000;
  if (axis->option == std::string_view("--provisioned")) {
    for (const simulate::Function& function : base->functions) {
      most = std::min<std::uint64_t>(most, function.model.spec.reserved);
    }
  }
  // No environment at all is no value of --concurrency.
  const std::uint64_t least = axis->option == std::string_view("--concurrency") ? 1 : 0;
  const auto question = [&](std::uint64_t number) {
    asked.*axis->value = std::to_string(number);
    return question_of(asked, config, measured, laws);
  };
  const auto found = simulate::find_least(least, most, *conditions, question, progress);
  if (!found) return report(found.error());
  const char* const name = axis->option + 2;
  if (options.json) {
    fmt::print("{}", simulate::found_json(*found, name, *conditions, !progress.stop));
  } else {
    fmt::print("{}{}", progress.stop ? "NOT COMPLETE\n" : "",
               simulate::found_text(*found, name, *conditions));
  }
  note_throttled(*found, *conditions);
  if (progress.stop) return exit_interrupted;
  return found->least ? 0 : exit_failed;
}

bool has_lists(const SimulateOptions& options) {
  return std::ranges::any_of(
      axes, [&](const Axis& axis) { return simulate::is_list(options.*axis.value); });
}

}  // namespace

bool is_grid(const SimulateOptions& options) {
  return !options.find.empty() || !options.until.empty() || options.compare || has_lists(options);
}

int simulate_grid(const SimulateOptions& options, const config::Config* config,
                  const Measurements& measured, simulate::Progress& progress) {
  if (options.compare && !has_lists(options)) {
    return report({ErrorCode::misused, "`--compare`, but no option has several values",
                   "write a list, such as `--strategy first_warm,round_robin`, or `--reserved "
                   "20..80/10`"});
  }
  if (const auto fine = check_outputs(options); !fine) return report(fine.error());
  if (!options.find.empty() && !options.html.empty()) {
    return report({ErrorCode::misused, "`--find` has no page for `--html`",
                   "ask for a grid, or for the number that it finds"});
  }
  if (!options.find.empty()) return find(options, config, measured, progress);
  if (!options.until.empty()) {
    return report({ErrorCode::misused, "`--until` is of `--find`", "add `--find provisioned`"});
  }
  return play_grid(options, config, measured, progress);
}

}  // namespace smyth::cli
