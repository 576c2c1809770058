#include "calibrate/trace.h"

#include "traffic/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace smyth::calibrate {
namespace {

using traffic::Call;
using traffic::unsaid;

// How long the call kept its environment; nullopt if the record does not say it.
std::optional<Duration> busy_time(const Call& call) {
  if (call.start == traffic::Start::cold) {
    if (call.cold_duration != unsaid) return call.cold_duration;
    if (call.init != unsaid && call.duration != unsaid) return call.init + call.duration;
  }
  return call.duration == unsaid ? std::nullopt : std::optional(call.duration);
}

std::string name_of(const std::string& file, const std::string& function) {
  return function.empty() ? file : fmt::format("{}, {}", file, function);
}

}  // namespace

Result<std::vector<Trace>> read_traces(traffic::CallSource& source, const std::string& name,
                                       const TraceOptions& options) {
  std::vector<Trace> traces;
  std::size_t calls = 0;
  for (;;) {
    const auto batch = source.next_batch();
    if (!batch) return std::unexpected(batch.error());
    if (batch->empty()) break;
    for (const Call& call : *batch) {
      ++calls;
      const auto busy = busy_time(call);
      if (!busy) {
        return misuse(fmt::format("call {} has no duration ({})", calls, name),
                      "a column `duration` or `end` says how long each took");
      }
      if (call.start == traffic::Start::unsaid) {
        return misuse(fmt::format("call {} does not say if it was cold ({})", calls, name),
                      "a column `cold` says it with 1 or 0");
      }
      if (calls > Trace::calls_max) {
        return misuse(fmt::format("there are more than 10,000,000 calls ({})", name));
      }
      if (traces.size() <= call.function) traces.resize(call.function + std::size_t{1});
      Call kept{.at = call.at, .environment = call.environment, .start = call.start};
      kept.duration = std::max(Duration{0}, *busy - options.early_reuse);
      kept.cold_duration = kept.duration;
      traces[call.function].calls.push_back(kept);
    }
  }
  for (std::size_t i = 0; i < traces.size(); ++i) {
    traces[i].name = name_of(name, traces.size() > 1 ? source.functions()[i] : std::string());
  }
  std::erase_if(traces, [](const Trace& trace) { return trace.calls.empty(); });
  if (traces.empty()) return misuse(fmt::format("there is no call in the file ({})", name));
  return traces;
}

Result<std::vector<Trace>> read_traces(const std::string& file, const TraceOptions& options) {
  auto source = traffic::open_recorded(file);
  if (!source) return std::unexpected(std::move(source.error()));
  return read_traces(**source, file, options);
}

}  // namespace smyth::calibrate
