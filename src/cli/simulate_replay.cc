#include "cli/simulate_replay.h"

#include "cli/project.h"
#include "core/replay.h"
#include "simulate/open_record.h"
#include "simulate/record_summary.h"
#include "simulate/replay_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace smyth::cli {
namespace {

// A record holds everything that was asked: functions, limits, traffic.
Result<void> check_alone(const SimulateOptions& options) {
  constexpr std::array<std::string_view, 2> known = {"--replay", "--json"};
  for (const std::string& option : options.given) {
    if (std::ranges::find(known, option) != known.end()) continue;
    const bool is_name = !option.starts_with('-');
    return misuse(fmt::format("`{}` has no place beside `--replay`",
                              is_name ? options.functions.front() : option),
                  "a record holds all that is decided by; as traffic, to ask what would be if: "
                  "`--trace FILE`");
  }
  return {};
}

Result<simulate::ReplayFindings> replay(const std::string& file) {
  auto in = simulate::open_record(file);
  if (!in) return std::unexpected(in.error());
  core::Replayer replayer(**in);
  simulate::RecordSummary summary;
  for (;;) {
    const auto next = replayer.next();
    if (!next && !replayer.difference()) {
      Error error = next.error();
      error.message = fmt::format("{}: {}", file, error.message);
      error.hint = "give what `smyth run --record FILE` has written, from its first line on";
      return std::unexpected(error);
    }
    if (!next) break;
    const std::optional<core::ReplayedStep>& step = *next;
    if (!step) break;
    summary.add(*step);
  }
  return simulate::ReplayFindings{.file = file,
                                  .replay = replayer.so_far(),
                                  .counts = summary.counts(),
                                  .difference = replayer.difference()};
}

}  // namespace

int simulate_replay(const SimulateOptions& options) {
  if (const auto alone = check_alone(options); !alone) return report(alone.error());
  const auto findings = replay(options.replay);
  if (!findings) return report(findings.error());
  fmt::print("{}",
             options.json ? simulate::replay_json(*findings) : simulate::replay_table(*findings));
  const std::optional<core::Difference>& difference = findings->difference;
  if (!difference) return 0;
  return report({ErrorCode::failed,
                 fmt::format("input {} of `{}` is decided otherwise than it is recorded",
                             difference->input, findings->file),
                 "it was recorded by another version of smyth, or changed since"});
}

}  // namespace smyth::cli
