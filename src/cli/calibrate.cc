#include "calibrate/fit.h"
#include "calibrate/profile.h"
#include "calibrate/trace.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "simulate/output_file.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::cli {
namespace {

using calibrate::Fit;
using calibrate::Score;
using calibrate::Trace;

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string right(const Score& score) {
  return fmt::format("{:.2f} %", percent(score.calls - score.wrong(), score.calls));
}

std::size_t widest(const std::vector<Trace>& traces) {
  std::size_t width = 5;
  for (const Trace& trace : traces) width = std::max(width, trace.name.size());
  return width;
}

void print_header(std::size_t width, const char* last) {
  fmt::print("{:<{}} {:>9} {:>8} {:>9} {:>10}  {}\n", "trace", width, "calls", "cold", "replayed",
             "right", last);
}

void print_score(std::string_view name, std::size_t width, const Score& score,
                 const std::string& last) {
  fmt::print("{:<{}} {:>9} {:>8} {:>9} {:>10}  {}\n", name, width, score.calls, score.recorded_cold,
             score.replayed_cold, right(score), last);
}

std::string text_of(const calibrate::Constants& constants) {
  return fmt::format("function_idle={:g}s,surplus_idle={:g}s,max_life={:g}s",
                     seconds(constants.function_idle), seconds(constants.surplus_idle),
                     seconds(constants.max_life));
}

void print_total(const Score& total, double count_error) {
  fmt::print("cold starts of a trace: off by {:.1f} % on average; calls rightly cold or warm: {}; ",
             100 * count_error, right(total));
  fmt::print("of the cold ones {:.0f} % found, {:.0f} % of those found are right\n",
             percent(total.both_cold, total.recorded_cold),
             percent(total.both_cold, total.replayed_cold));
}

void print_fit(const Fit& fit, const std::vector<Trace>& traces) {
  fmt::print("{}\n\n", text_of(fit.constants));
  const std::size_t width = widest(traces);
  print_header(width, "");
  for (std::size_t i = 0; i < traces.size(); ++i) {
    print_score(traces[i].name, width, fit.scores[i], "");
  }
  print_total(fit.total(), fit.count_error());
}

// Each trace with constants that do not know it.
void print_left_out(const std::vector<Trace>& traces) {
  const std::vector<Fit> fits = calibrate::leave_one_out(traces);
  const std::size_t width = widest(traces);
  fmt::print("\nEach trace with the constants that the others have:\n");
  print_header(width, "constants");
  Score total;
  double error = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const Score& score = fits[i].scores.front();
    print_score(traces[i].name, width, score, text_of(fits[i].constants));
    total += score;
    error += score.count_error() / static_cast<double>(traces.size());
  }
  print_total(total, error);
}

std::string today() {
  const std::chrono::year_month_day date{
      std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Result<std::vector<Trace>> read(const CalibrateOptions& options,
                                const calibrate::TraceOptions& how) {
  std::vector<Trace> traces;
  for (const std::string& file : options.files) {
    auto found = calibrate::read_traces(file, how);
    if (!found) return std::unexpected(std::move(found.error()));
    std::ranges::move(*found, std::back_inserter(traces));
  }
  const bool has_cold = std::ranges::any_of(
      traces, [](const Trace& trace) { return calibrate::replay(trace, {}).recorded_cold > 0; });
  if (!has_cold) {
    return misuse("no call is cold after the first 25 minutes of a trace",
                  "lives are fitted to cold starts: a longer record has some");
  }
  if (options.leave_one_out && traces.size() < 2) {
    return misuse("`--leave-one-out` needs two traces", "name more files");
  }
  return traces;
}

}  // namespace

int calibrate(const CalibrateOptions& options) {
  calibrate::TraceOptions how;
  if (!options.early_reuse.empty()) {
    const auto length = simulate::read_length(options.early_reuse, "--early-reuse");
    if (!length) return report(length.error());
    how.early_reuse = *length;
  }
  const auto traces = read(options, how);
  if (!traces) return report(traces.error());
  // A file that cannot be written is found out before the search.
  std::unique_ptr<simulate::OutputFile> profile;
  if (!options.output.empty()) {
    auto file = simulate::OutputFile::create(options.output);
    if (!file) return report(file.error());
    profile = *std::move(file);
  }
  const Fit fit = calibrate::fit(*traces);
  print_fit(fit, *traces);
  if (options.leave_one_out) print_left_out(*traces);
  if (!profile) return 0;
  profile->write(calibrate::profile_text(fit, *traces, how, today()));
  const auto written = profile->finish();
  return written ? 0 : report(written.error());
}

}  // namespace smyth::cli
