#include "simulate/replay_report.h"

#include "simulate/figure_text.h"
#include "simulate/json_writer.h"
#include "simulate/reasons.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace smyth::simulate {
namespace {

using Counts = RecordSummary::Counts;

Duration span_of(const Counts& counts) { return counts.last - counts.first.value_or(counts.last); }

std::uint64_t count_of(const Counts& counts, core::Verdict verdict) {
  return counts.verdicts[static_cast<std::size_t>(verdict)];
}

// "init_error" as words.
std::string spaced(std::string_view word) {
  std::string text(word);
  std::ranges::replace(text, '_', ' ');
  return text;
}

void add_line(std::string& text, std::string_view name, std::uint64_t number,
              const std::string& more) {
  fmt::format_to(std::back_inserter(text), "{:<15}{:>12}", name, grouped(number));
  text += more.empty() ? "\n" : "  " + more + "\n";
}

void add_part(std::string& parts, std::uint64_t count, const std::string& what) {
  if (count == 0) return;
  parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", grouped(count), what);
}

std::string throttled_parts(const Counts& counts) {
  std::string parts;
  for (std::size_t i = 0; i < counts.throttled.size(); ++i) {
    add_part(parts, counts.throttled[i], std::string(words_of(static_cast<core::Reason>(i))));
  }
  return parts;
}

void add_answers(std::string& text, const Counts& counts) {
  using enum core::Verdict;
  std::uint64_t failed = 0;
  std::string parts;
  for (std::size_t i = 0; i < counts.verdicts.size(); ++i) {
    const auto verdict = static_cast<core::Verdict>(i);
    if (verdict == success || verdict == throttled) continue;
    failed += counts.verdicts[i];
    add_part(parts, counts.verdicts[i], spaced(word_of(verdict)));
  }
  add_line(text, "succeeded", count_of(counts, success), {});
  if (failed > 0) add_line(text, "failed", failed, parts);
  add_line(text, "throttled", count_of(counts, throttled), throttled_parts(counts));
}

std::string or_nothing(const std::string& action) { return action.empty() ? "nothing" : action; }

std::string seconds_text(TimePoint at) {
  return exact_seconds(static_cast<std::uint64_t>(at.time_since_epoch().count()));
}

void append_counts(JsonWriter& json, const Counts& counts) {
  const TimePoint first = counts.first.value_or(TimePoint{});
  json.member("first_s").seconds(static_cast<std::uint64_t>(first.time_since_epoch().count()));
  json.member("last_s").seconds(static_cast<std::uint64_t>(counts.last.time_since_epoch().count()));
  json.member("functions").count(counts.functions);
  json.member("calls").count(counts.calls);
  json.member("cold").count(counts.cold);
  json.member("environments").object(JsonWriter::Layout::line);
  json.member("started").count(counts.started).member("peak").count(counts.peak).end();
  json.member("outcomes").object(JsonWriter::Layout::line);
  for (std::size_t i = 0; i < counts.verdicts.size(); ++i) {
    json.member(word_of(static_cast<core::Verdict>(i))).count(counts.verdicts[i]);
  }
  json.end();
  json.member("throttled_by_reason").object(JsonWriter::Layout::line);
  for (std::size_t i = 1; i < counts.throttled.size(); ++i) {
    json.member(name_of(static_cast<core::Reason>(i))).count(counts.throttled[i]);
  }
  json.end();
}

}  // namespace

std::string replay_table(const ReplayFindings& findings) {
  const Counts& counts = findings.counts;
  const core::Replay& replay = findings.replay;
  std::string text = fmt::format("{}: {} function{} in {}\n\n", findings.file, counts.functions,
                                 counts.functions == 1 ? "" : "s", length_text(span_of(counts)));
  add_line(text, "calls", counts.calls, {});
  add_line(text, "cold starts", counts.cold, {});
  add_answers(text, counts);
  add_line(text, "environments", counts.started,
           fmt::format("started, peak {}", grouped(counts.peak)));
  add_line(text, "inputs", replay.inputs, {});
  if (!findings.difference) {
    add_line(text, "decisions", replay.actions,
             fmt::format("all the same: {:016x}", replay.decision_hash));
    return text;
  }
  const core::Difference& difference = *findings.difference;
  add_line(text, "decisions", replay.actions, "the same, and then another one");
  text += fmt::format("\ninput {} at {} s, line {}: {}\n  recorded: {}\n  decided:  {}\n",
                      difference.input, seconds_text(difference.at), difference.line,
                      difference.input_text, or_nothing(difference.recorded),
                      or_nothing(difference.decided));
  return text;
}

std::string replay_json(const ReplayFindings& findings) {
  const core::Replay& replay = findings.replay;
  JsonWriter json;
  json.object();
  json.member("schema").text("smyth-replay-1");
  json.member("file").text(findings.file);
  json.member("seed").count(replay.seed);
  json.member("same").boolean(!findings.difference);
  json.member("inputs").count(replay.inputs);
  json.member("decisions").count(replay.actions);
  json.member("decision_hash").text(fmt::format("{:016x}", replay.decision_hash));
  append_counts(json, findings.counts);
  if (findings.difference) {
    const core::Difference& difference = *findings.difference;
    json.member("difference").object();
    json.member("line").count(difference.line);
    json.member("input").count(difference.input);
    const auto at = static_cast<std::uint64_t>(difference.at.time_since_epoch().count());
    json.member("at_s").seconds(at);
    json.member("input_text").text(difference.input_text);
    json.member("recorded").text(difference.recorded);
    json.member("decided").text(difference.decided);
    json.end();
  }
  json.end();
  return json.take();
}

}  // namespace smyth::simulate
