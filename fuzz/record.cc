// Any bytes as a record: replaying them ends with an error that says something, or with the
// decisions of the record, byte for byte; and what can be replayed is traffic, calls in order of
// time with sensible values, that can be told of.
#include "base/check.h"
#include "core/replay.h"
#include "simulate/recorded_calls.h"
#include "simulate/replay_report.h"

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>

using namespace smyth;

namespace {

void check_traffic(const std::string& text) {
  const auto calls =
      simulate::read_recorded_calls(std::make_unique<std::istringstream>(text), "record", {});
  TimePoint latest{};
  for (;;) {
    const auto batch = calls->next_batch();
    if (!batch) return SMYTH_CHECK(!batch.error().message.empty());
    if (batch->empty()) return;
    for (const traffic::Call& call : *batch) {
      SMYTH_CHECK(call.at >= latest && call.function < calls->functions().size());
      SMYTH_CHECK(call.duration >= traffic::unsaid && call.init >= traffic::unsaid);
      latest = call.at;
    }
  }
}

void check_report(const std::string& text) {
  std::istringstream in(text);
  core::Replayer replayer(in);
  simulate::RecordSummary summary;
  for (auto step = replayer.next(); step && *step; step = replayer.next()) summary.add(**step);
  const simulate::ReplayFindings findings{.file = "record",
                                          .replay = replayer.so_far(),
                                          .counts = summary.counts(),
                                          .difference = replayer.difference()};
  SMYTH_CHECK(!simulate::replay_table(findings).empty());
  SMYTH_CHECK(!simulate::replay_json(findings).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  const auto result = core::replay(in);
  if (!result) SMYTH_CHECK(!result.error().message.empty());
  check_traffic(text);
  check_report(text);
  return 0;
}
