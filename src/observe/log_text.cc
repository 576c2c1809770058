#include "observe/log_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace smyth::observe {
namespace {

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

// A member of "Root=1-...;Parent=...;Sampled=1".
std::string_view member(std::string_view trace_id, std::string_view name) {
  while (!trace_id.empty()) {
    const std::string_view one = trace_id.substr(0, trace_id.find(';'));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
      return one.substr(name.size() + 1);
    }
    trace_id.remove_prefix(std::min(one.size() + 1, trace_id.size()));
  }
  return {};
}

using Out = std::back_insert_iterator<std::string>;

void append_failure(Out out, const LogEvent& event) {
  if (event.status != LogStatus::success) {
    fmt::format_to(out, "Status: {}", status_name(event.status));
  }
  if (!event.error_type.empty()) fmt::format_to(out, "\tError Type: {}", event.error_type);
}

void append_report(std::string& to, const LogEvent& event) {
  const Out out(to);
  fmt::format_to(out,
                 "END RequestId: {}\nREPORT RequestId: {}\tDuration: {:.2f} ms\t"
                 "Billed Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
                 event.request_id, event.request_id, milliseconds(event.duration), billed_ms(event),
                 event.memory_mib, event.max_memory_mib);
  if (event.init) fmt::format_to(out, "Init Duration: {:.2f} ms\t", milliseconds(*event.init));
  if (event.restore) {
    fmt::format_to(out, "Restore Duration: {:.2f} ms\tBilled Restore Duration: {} ms\t",
                   milliseconds(*event.restore),
                   std::chrono::ceil<std::chrono::milliseconds>(*event.restore).count());
  }
  append_failure(out, event);
  to += '\n';
  if (member(event.trace_id, "Sampled") == "1") {
    fmt::format_to(out, "XRAY TraceId: {}\tSegmentId: {}\tSampled: true\t\n",
                   member(event.trace_id, "Root"), member(event.trace_id, "Parent"));
  }
}

std::string with_blanks(std::string_view words) {
  std::string text;
  for (const char c : words) {
    text += c;
    if (c == ',') text += ' ';
  }
  return text;
}

void append_phase_report(std::string& to, std::string_view what, std::string_view phase,
                         const LogEvent& event) {
  const Out out(to);
  fmt::format_to(out, "{}_REPORT {} Duration: {:.2f} ms\t{}", what,
                 what == "INIT" ? "Init" : "Restore", milliseconds(event.duration), phase);
  append_failure(out, event);
  to += '\n';
}

// What a handler or an extension wrote; the line ends are not a part of `text`.
void append_line(std::string& to, std::string_view text) { to.append(text).push_back('\n'); }

void append_text(std::string& to, const LogEvent& event) {
  const Out out(to);
  switch (event.type) {
    case LogEventType::init_start:
      fmt::format_to(out, "INIT_START Runtime Version: {}\tRuntime Version ARN: {}\n", event.text,
                     event.words);
      return;
    case LogEventType::init_report:
      return append_phase_report(
          to, "INIT", event.phase == InitPhase::invoke ? "Phase: invoke\t" : "Phase: init\t",
          event);
    case LogEventType::start:
      fmt::format_to(out, "START RequestId: {} Version: $LATEST\n", event.request_id);
      return;
    case LogEventType::report:
      return append_report(to, event);
    case LogEventType::restore_start:
      fmt::format_to(out, "RESTORE_START Runtime Version: {}\tRuntime Version ARN: {}\n",
                     event.text, event.words);
      return;
    case LogEventType::restore_report:
      return append_phase_report(to, "RESTORE", {}, event);
    case LogEventType::extension:
      fmt::format_to(out, "EXTENSION\tName: {}\tState: {}\tEvents: [{}]", event.name, event.text,
                     with_blanks(event.words));
      if (!event.error_type.empty()) fmt::format_to(out, "\tError Type: {}", event.error_type);
      to += '\n';
      return;
    case LogEventType::telemetry_subscription:
      fmt::format_to(out, "TELEMETRY\tName: {}\tState: {}\tTypes: [{}]\n", event.name, event.text,
                     with_blanks(event.words));
      return;
    case LogEventType::function_line:
    case LogEventType::extension_line:
      return append_line(to, event.text);
    case LogEventType::init_runtime_done:
    case LogEventType::runtime_done:
    case LogEventType::restore_runtime_done:
    case LogEventType::logs_dropped:
      return;
  }
}

// Of the platform's records (docs/reference/lambda-logs.md, "JSON format").
LogLevel level_of(const LogEvent& event) {
  const bool is_failure = event.status != LogStatus::success || !event.error_type.empty();
  switch (event.type) {
    case LogEventType::init_runtime_done:
    case LogEventType::runtime_done:
    case LogEventType::restore_runtime_done:
      return is_failure ? LogLevel::warn : LogLevel::debug;
    case LogEventType::init_report:
    case LogEventType::restore_report:
      if (is_failure) return LogLevel::warn;
      return event.initialization == "on-demand" ? LogLevel::debug : LogLevel::info;
    case LogEventType::report:
    case LogEventType::extension:
    case LogEventType::telemetry_subscription:
      return is_failure ? LogLevel::warn : LogLevel::info;
    case LogEventType::logs_dropped:
      return LogLevel::warn;
    case LogEventType::init_start:
    case LogEventType::restore_start:
    case LogEventType::start:
    case LogEventType::function_line:
    case LogEventType::extension_line:
      return LogLevel::info;
  }
  return LogLevel::info;
}

// A line counts as INFO unless it is a JSON object that names another level.
LogLevel level_of_line(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || line[begin] != '{') return LogLevel::info;
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(line, error);
  if (error || !parsed.is_object()) return LogLevel::info;
  const boost::json::value* level = parsed.get_object().if_contains("level");
  if (!level || !level->is_string()) return LogLevel::info;
  return log_level(level->get_string()).value_or(LogLevel::info);
}

}  // namespace

std::optional<LogLevel> log_level(std::string_view word) {
  constexpr auto names = std::to_array<std::string_view>(
      {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "WARNING", "CRITICAL"});
  constexpr LogLevel levels[] = {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                                 LogLevel::error, LogLevel::fatal, LogLevel::warn, LogLevel::fatal};
  const auto is_same = [&](std::string_view name) {
    return std::ranges::equal(word, name, [](char one, char other) {
      return (one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one) == other;
    });
  };
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (is_same(names[index])) return levels[index];
  }
  return std::nullopt;
}

bool is_in_log(const LogEvent& event, const LogFormat& format) {
  switch (event.type) {
    case LogEventType::function_line:
      return !format.is_json || format.application == LogLevel::trace ||
             level_of_line(event.text) >= format.application;
    case LogEventType::extension_line:
      return true;
    case LogEventType::init_runtime_done:
    case LogEventType::runtime_done:
    case LogEventType::restore_runtime_done:
    case LogEventType::logs_dropped:
      return format.is_json && level_of(event) >= format.system;
    case LogEventType::init_report:
      if (!format.is_json) {
        return event.status != LogStatus::success || event.phase == InitPhase::snap_start ||
               event.initialization == "provisioned-concurrency";
      }
      return level_of(event) >= format.system;
    case LogEventType::init_start:
    case LogEventType::start:
    case LogEventType::report:
    case LogEventType::restore_start:
    case LogEventType::restore_report:
    case LogEventType::extension:
    case LogEventType::telemetry_subscription:
      return !format.is_json || level_of(event) >= format.system;
  }
  return true;
}

void append_log_text(std::string& to, const LogEvent& event, const LogFormat& format) {
  const bool is_line =
      event.type == LogEventType::function_line || event.type == LogEventType::extension_line;
  if (!format.is_json || is_line) return append_text(to, event);
  append_line(to, event_json(event));
}

void Tail::add(std::string_view line) {
  text_.append(line);
  // Cut rarely: the text may grow to twice the bound between two cuts.
  if (text_.size() > 2 * bytes_max) text_.erase(0, text_.size() - bytes_max);
}

std::string_view Tail::text() const {
  const std::string_view whole = text_;
  return whole.size() > bytes_max ? whole.substr(whole.size() - bytes_max) : whole;
}

}  // namespace smyth::observe
