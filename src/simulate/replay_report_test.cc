#include "simulate/replay_report.h"

#include "core/record.h"
#include "core/scheduler.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace smyth::simulate {
namespace {

using core::Input;
using std::chrono::milliseconds;

// One environment that crashes and starts again, and a call that finds no slot.
std::string example() {
  std::ostringstream out;
  core::Recorder recorder(out, 7);
  core::Scheduler scheduler;
  TimePoint now{};
  EnvironmentId environment;
  const auto step = [&](const Input& input) {
    now += milliseconds(250);
    const auto actions = scheduler.handle(input, now);
    recorder.write(input, now, actions);
    for (const core::Action& action : actions) {
      if (action.kind == core::ActionKind::start) environment = action.environment;
    }
  };
  const core::FunctionSpec spec{.concurrency = 1, .overflow = core::Overflow::throttle};
  step(Input::configure(scheduler.next_function(), spec));
  step(Input::arrive({0, 0}));
  step(Input::arrive({0, 0}));
  step(Input::ready(environment));
  step(Input::exited(environment));
  const InvocationId second = scheduler.next_invocation();
  step(Input::arrive({0, 0}));
  step(Input::ready(environment));
  step(Input::completed(environment, second, core::Outcome::success));
  return out.str();
}

ReplayFindings findings_of(const std::string& text) {
  std::istringstream in(text);
  core::Replayer replayer(in);
  RecordSummary summary;
  for (auto step = replayer.next(); step && *step; step = replayer.next()) summary.add(**step);
  return {.file = "x.smyth",
          .replay = replayer.so_far(),
          .counts = summary.counts(),
          .difference = replayer.difference()};
}

TEST(ReplayReport, TellsWhatARecordHolds) {
  ReplayFindings findings = findings_of(example());
  findings.replay.decision_hash = 0xabc;
  EXPECT_EQ(replay_table(findings),
            "x.smyth: 1 function in 1.75 s\n"
            "\n"
            "calls                     3\n"
            "cold starts               2\n"
            "succeeded                 1\n"
            "failed                    1  1 crash\n"
            "throttled                 1  1 all slots busy\n"
            "environments              1  started, peak 1\n"
            "inputs                    8\n"
            "decisions                 7  all the same: 0000000000000abc\n");
}

TEST(ReplayReport, ShowsBothDecisionsWhereTheyDiffer) {
  std::string text = example();
  text.replace(text.find("why=reset"), 9, "why=cold ");
  const std::string table = replay_table(findings_of(text));
  EXPECT_NE(table.find("decisions                 4  the same, and then another one\n"
                       "\n"
                       "input 6 at 1.5 s, line "),
            std::string::npos)
      << table;
  EXPECT_NE(table.find(": arrive function=0.0 kind=request_response\n  recorded: start "),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("\n  decided:  start "), std::string::npos) << table;
}

TEST(ReplayReport, IsJsonWithEveryOutcomeAndReason) {
  const std::string json = replay_json(findings_of(example()));
  EXPECT_NE(json.find("\"same\": true"), std::string::npos) << json;
  EXPECT_NE(json.find("\"first_s\": 0.25"), std::string::npos) << json;
  EXPECT_NE(json.find("\"crash\": 1"), std::string::npos) << json;
  EXPECT_NE(json.find("\"ConcurrencyLimitExceeded\": 1"), std::string::npos) << json;
  EXPECT_EQ(json.find("difference"), std::string::npos) << json;
}

}  // namespace
}  // namespace smyth::simulate
