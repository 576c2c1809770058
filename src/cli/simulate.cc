#include "cli/commands.h"
#include "cli/project.h"
#include "cli/simulate_question.h"
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
  stop_on_interrupt();
  const auto findings = simulate::answer(*question, progress);
  if (!findings) return report(findings.error());
  if (options.json) {
    fmt::print("{}", simulate::json_report(*question, *findings));
    return findings->complete ? 0 : exit_interrupted;
  }
  fmt::print("{}", simulate::table(*question, *findings));
  if (findings->functions.size() > 1) {
    fmt::print("\n{}", simulate::function_table(*findings));
  }
  return findings->complete ? 0 : exit_interrupted;
}

}  // namespace smyth::cli
