#include "cli/commands.h"
#include "cli/project.h"
#include "cli/simulate_grid.h"
#include "cli/simulate_measure.h"
#include "cli/simulate_progress.h"
#include "cli/simulate_question.h"
#include "cli/simulate_replay.h"
#include "cli/simulate_reports.h"
#include "config/config.h"
#include "simulate/answer.h"
#include "simulate/closed_form.h"
#include "simulate/json_report.h"
#include "simulate/precision.h"
#include "simulate/table.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <optional>
#include <system_error>

namespace smyth::cli {
namespace {

simulate::Progress running;

// Ctrl-C ends the simulation soon, with what is known so far: also one that waits for a pipe, which
// is why its reads are not begun again. The second ends the program at once.
void stop_on_interrupt() {
  static_assert(std::atomic<bool>::is_always_lock_free);
  struct sigaction interrupt{};
  interrupt.sa_handler = [](int) { running.stop = true; };
  interrupt.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &interrupt, nullptr);
}

// None, where none is named and none is found.
std::expected<std::optional<config::Config>, int> configuration_of(const SimulateOptions& options) {
  std::error_code ignored;
  const bool is_absent =
      options.config.empty() && !config::find(std::filesystem::current_path(ignored));
  if (is_absent) return std::nullopt;
  return load_config(options.config);
}

Result<simulate::Findings> answer_as_asked(const SimulateOptions& options,
                                           simulate::Question& question,
                                           simulate::Watcher* watcher) {
  if (options.precision.empty()) {
    const ProgressLine line(running, simulate::nanoseconds_of(question));
    return simulate::answer(question, running, watcher);
  }
  const auto precision = simulate::read_share(options.precision, "--precision");
  if (!precision) return std::unexpected(precision.error());
  const ProgressLine line(running, 0);
  auto findings = simulate::answer_within(question, *precision, running, watcher);
  if (findings && !running.stop && simulate::widest_interval(*findings) > *precision) {
    fmt::print(stderr, "note: after {} runs an interval is still {:.2g} % wide\n",
               question.replications, simulate::widest_interval(*findings) * 100);
  }
  return findings;
}

}  // namespace

int simulate(const SimulateOptions& options) {
  if (!options.replay.empty()) return simulate_replay(options);
  const auto config = configuration_of(options);
  if (!config) return config.error();
  const std::optional<config::Config>& found = *config;
  const config::Config* known = found ? &*found : nullptr;
  const auto measured = measure(options, known);
  if (!measured) return report(measured.error());
  const std::optional<Measurements>& seen = *measured;
  if (!seen) return exit_interrupted;
  stop_on_interrupt();
  if (is_grid(options)) {
    return simulate_grid(options, known, *seen, running);
  }
  simulate::Laws laws;
  auto question = question_of(options, known, *seen, laws);
  if (!question) return report(question.error());
  if (question->strategies) {
    fmt::print(stderr, "note: the strategy is asked in Python for each call: it is slow\n");
  }
  const auto reports = SimulateReports::open(options, *question);
  if (!reports) return report(reports.error());
  const auto findings = answer_as_asked(options, *question, (*reports)->watcher());
  if (!findings && running.stop) return exit_interrupted;
  if (!findings) return report(findings.error());
  const auto explanation = (*reports)->explanation();
  // Interrupted, it did not come to the call.
  if (!explanation && findings->complete) return report(explanation.error());
  if (options.json) {
    fmt::print("{}", simulate::json_report(*question, *findings));
  } else {
    fmt::print("{}", simulate::table(*question, *findings));
    if (findings->functions.size() > 1) {
      fmt::print("\n{}", simulate::function_table(*findings));
    }
    if (options.analytic) {
      const auto form = simulate::closed_form(*question, *findings);
      fmt::print("\n{}", simulate::closed_form_text(form));
    }
  }
  if (auto done = (*reports)->finish(*question, *findings); !done) return report(done.error());
  // Beside a JSON document it is no data.
  if (explanation && !explanation->empty()) {
    fmt::print(options.json ? stderr : stdout, "\n{}", *explanation);
  }
  return findings->complete ? 0 : exit_interrupted;
}

}  // namespace smyth::cli
