#pragma once

#include "base/result.h"
#include "cli/commands.h"
#include "simulate/calls_file.h"
#include "simulate/explanation.h"
#include "simulate/output_file.h"
#include "simulate/question.h"
#include "simulate/result.h"
#include "simulate/series.h"
#include "simulate/timeline.h"

#include <memory>
#include <optional>

namespace smyth::cli {

// What `smyth simulate` tells of the first replication beside its figures: files, and why a call
// was served as it was.
class SimulateReports {
 public:
  // Files that cannot be written are found out before the simulation.
  static Result<std::unique_ptr<SimulateReports>> open(const SimulateOptions& options,
                                                       const simulate::Question& question);

  // Null: nothing of it is wanted.
  simulate::Watcher* watcher() { return watchers_.empty() ? nullptr : &watchers_; }

  // After the simulation: puts the files into their places.
  Result<void> finish(const simulate::Question& question, const simulate::Findings& findings);

  // What --explain asked for; empty if it did not.
  Result<std::string> explanation() const;

 private:
  using File = std::unique_ptr<simulate::OutputFile>;

  Result<void> open_files(const SimulateOptions& options);

  simulate::Watchers watchers_;
  File calls_file_;
  File series_file_;
  File timeline_file_;
  File html_file_;
  std::optional<simulate::CallsFile> calls_;
  std::optional<simulate::Series> series_;
  std::optional<simulate::Timeline> timeline_;
  std::optional<simulate::Explanation> explanation_;
};

}  // namespace smyth::cli
