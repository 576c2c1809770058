#include "simulate/precision.h"

#include <algorithm>

namespace smyth::simulate {

double widest_interval(const Findings& findings) {
  const Figures& all = findings.all;
  double widest = 0;
  for (const Estimate& figure :
       {all.cold_share, all.throttled_share, all.environments, all.all.at[2]}) {
    if (figure.value <= 0) continue;
    widest = std::max(widest, (figure.high - figure.low) / 2 / figure.value);
  }
  return widest;
}

Result<Findings> answer_within(Question& question, double precision, Progress& progress,
                               Watcher* watcher) {
  for (;;) {
    auto findings = answer(question, progress, watcher);
    watcher = nullptr;  // It sees the first replication, which is always the same.
    const bool is_over = !findings || progress.stop || question.replications >= replications_max;
    if (is_over || widest_interval(*findings) <= precision) return findings;
    question.replications = std::min(replications_max, question.replications * 2);
  }
}

}  // namespace smyth::simulate
