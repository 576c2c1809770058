#include "cli/commands.h"
#include "cli/project.h"
#include "cli/simulate_question.h"
#include "cli/simulate_reports.h"
#include "config/config.h"
#include "simulate/answer.h"
#include "simulate/json_report.h"
#include "simulate/table.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

namespace smyth::cli {
namespace {

constexpr int exit_interrupted = 130;

simulate::Progress progress;

// Ctrl-C ends the simulation soon, with what is known so far.
void stop_on_interrupt() {
  static_assert(std::atomic<bool>::is_always_lock_free);
  std::signal(SIGINT, [](int) { progress.stop = true; });
}

}  // namespace

int simulate(const SimulateOptions& options) {
  const auto question = question_of(options, nullptr);
  if (!question) return report(question.error());
  const auto reports = SimulateReports::open(options, *question);
  if (!reports) return report(reports.error());
  stop_on_interrupt();
  const auto findings = simulate::answer(*question, progress, (*reports)->watcher());
  if (!findings) return report(findings.error());
  if (options.json) {
    fmt::print("{}", simulate::json_report(*question, *findings));
  } else {
    fmt::print("{}", simulate::table(*question, *findings));
    if (findings->functions.size() > 1) {
      fmt::print("\n{}", simulate::function_table(*findings));
    }
  }
  if (auto done = (*reports)->finish(*question, *findings); !done) return report(done.error());
  const auto explanation = (*reports)->explanation();
  if (!explanation) return report(explanation.error());
  // Beside a JSON document it is no data.
  if (!explanation->empty()) fmt::print(options.json ? stderr : stdout, "\n{}", *explanation);
  return findings->complete ? 0 : exit_interrupted;
}

}  // namespace smyth::cli
