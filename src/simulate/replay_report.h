#pragma once

#include "core/replay.h"
#include "simulate/record_summary.h"

#include <optional>
#include <string>

namespace smyth::simulate {

// What became of a record that was replayed.
struct ReplayFindings {
  std::string file;
  core::Replay replay;
  RecordSummary::Counts counts;
  std::optional<core::Difference> difference;  // Where it ended; none: all decisions are the same.
};

// A short table, and what is different.
std::string replay_table(const ReplayFindings& findings);

// As docs/reference/simulate-json.md has it.
std::string replay_json(const ReplayFindings& findings);

}  // namespace smyth::simulate
