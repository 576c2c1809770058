#include "observe/log_event.h"

#include "observe/json_line.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace smyth::observe {
namespace {

double rounded_ms(Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e3) / 1e3;
}

std::string_view phase_name(InitPhase phase) {
  switch (phase) {
    case InitPhase::init:
      return "init";
    case InitPhase::invoke:
      return "invoke";
    case InitPhase::snap_start:
      return "snap-start";
  }
  return {};
}

// An object that is being written, member by member.
class Object {
 public:
  explicit Object(std::string& to) : to_(to) { to_ += '{'; }

  Object& key(std::string_view name) {
    if (to_.back() != '{') to_ += ',';
    append_json(to_, name);
    to_ += ':';
    return *this;
  }
  Object& text(std::string_view name, std::string_view value) {
    key(name);
    append_json(to_, value);
    return *this;
  }
  Object& text_if_any(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  Object& raw(std::string_view name, const std::string& value) {
    key(name);
    to_ += value;
    return *this;
  }
  template <class Number>
  Object& number(std::string_view name, Number value) {
    return raw(name, fmt::format("{}", value));
  }
  Object& texts(std::string_view name, std::string_view with_commas) {
    key(name);
    to_ += '[';
    while (!with_commas.empty()) {
      const std::size_t end = std::min(with_commas.find(','), with_commas.size());
      if (to_.back() != '[') to_ += ',';
      append_json(to_, with_commas.substr(0, end));
      with_commas.remove_prefix(std::min(end + 1, with_commas.size()));
    }
    to_ += ']';
    return *this;
  }
  void end() { to_ += '}'; }

 private:
  std::string& to_;
};

// "Root=1-...;Parent=53995c3f42cd8ad8;Sampled=1": the parent is the span.
std::string_view span_of(std::string_view trace_id) {
  constexpr std::string_view parent = "Parent=";
  const std::size_t begin = trace_id.find(parent);
  if (begin == std::string_view::npos) return {};
  trace_id.remove_prefix(begin + parent.size());
  return trace_id.substr(0, trace_id.find(';'));
}

void append_tracing(Object& record, std::string& to, std::string_view trace_id) {
  if (trace_id.empty()) return;
  record.key("tracing");
  Object(to)
      .text_if_any("spanId", span_of(trace_id))
      .text("type", "X-Amzn-Trace-Id")
      .text("value", trace_id)
      .end();
}

void append_span(std::string& to, std::string_view name, std::int64_t start, Duration length) {
  if (to.back() == '}') to += ',';
  Object(to)
      .text("name", name)
      .text("start", time_text(start))
      .number("durationMs", rounded_ms(length))
      .end();
}

// When what took `duration` began, and when so much of it was over.
std::int64_t unix_ms_at(const LogEvent& event, Duration over) {
  const auto whole = [](Duration length) {
    return std::chrono::floor<std::chrono::milliseconds>(length).count();
  };
  return event.unix_ms - whole(event.duration) + whole(over);
}

void append_spans(Object& record, std::string& to, const LogEvent& event) {
  const std::int64_t answered = unix_ms_at(event, event.answered);
  record.key("spans");
  to += '[';
  append_span(to, "responseLatency", unix_ms_at(event, Duration{0}), event.answered);
  append_span(to, "responseDuration", answered, Duration{0});
  append_span(to, "runtimeOverhead", answered, event.duration - event.answered);
  to += ']';
}

void append_extension_span(Object& record, std::string& to, const LogEvent& event) {
  if (event.answered == Duration{0}) return;
  record.key("spans");
  to += '[';
  append_span(to, "extensionOverhead", unix_ms_at(event, event.answered),
              event.duration - event.answered);
  to += ']';
}

void append_status(Object& record, const LogEvent& event) {
  record.text("status", status_name(event.status)).text_if_any("errorType", event.error_type);
}

void append_init(Object& record, const LogEvent& event) {
  record.text("initializationType", event.initialization).text("phase", phase_name(event.phase));
}

// The version is a name of ours; Lambda's have a hash in their ARN, in place of which ours has
// zeros.
void append_place(Object& record, const LogEvent& event) {
  record.text_if_any("runtimeVersion", event.text)
      .text_if_any("runtimeVersionArn", event.words)
      .text("functionName", event.name)
      .text("functionVersion", "$LATEST")
      .text("instanceId", event.instance)
      .number("instanceMaxMemory", std::uint64_t{event.memory_mib} << 20);
}

void append_duration(Object& record, std::string& to, Duration duration) {
  record.key("metrics");
  Object(to).number("durationMs", rounded_ms(duration)).end();
}

void append_runtime_done(Object& record, std::string& to, const LogEvent& event) {
  record.text("requestId", event.request_id);
  append_status(record, event);
  record.key("metrics");
  Object(to)
      .number("durationMs", rounded_ms(event.duration))
      .number("producedBytes", event.bytes)
      .end();
  append_spans(record, to, event);
  append_tracing(record, to, event.trace_id);
}

void append_report(Object& record, std::string& to, const LogEvent& event) {
  record.text("requestId", event.request_id);
  append_status(record, event);
  record.key("metrics");
  Object metrics(to);
  metrics.number("durationMs", rounded_ms(event.duration))
      .number("billedDurationMs", billed_ms(event))
      .number("memorySizeMB", event.memory_mib)
      .number("maxMemoryUsedMB", event.max_memory_mib);
  if (event.init) metrics.number("initDurationMs", rounded_ms(*event.init));
  if (event.restore) {
    metrics.number("restoreDurationMs", rounded_ms(*event.restore))
        .number("billedRestoreDurationMs", std::ceil(rounded_ms(*event.restore)));
  }
  metrics.end();
  append_extension_span(record, to, event);
  append_tracing(record, to, event.trace_id);
}

void append_members(Object& record, std::string& to, const LogEvent& event) {
  switch (event.type) {
    case LogEventType::init_start:
      append_init(record, event);
      return append_place(record, event);
    case LogEventType::init_runtime_done:
      append_init(record, event);
      return append_status(record, event);
    case LogEventType::init_report:
      append_init(record, event);
      append_status(record, event);
      return append_duration(record, to, event.duration);
    case LogEventType::start:
      record.text("requestId", event.request_id).text("version", "$LATEST");
      return append_tracing(record, to, event.trace_id);
    case LogEventType::runtime_done:
      return append_runtime_done(record, to, event);
    case LogEventType::report:
      return append_report(record, to, event);
    case LogEventType::restore_start:
      return append_place(record, event);
    case LogEventType::restore_runtime_done:
      return append_status(record, event);
    case LogEventType::restore_report:
      append_status(record, event);
      return append_duration(record, to, event.duration);
    case LogEventType::extension:
      record.text("name", event.name).text("state", event.text).texts("events", event.words);
      record.text_if_any("errorType", event.error_type);
      return;
    case LogEventType::telemetry_subscription:
      record.text("name", event.name).text("state", event.text).texts("types", event.words);
      return;
    case LogEventType::logs_dropped:
      record.number("droppedBytes", event.bytes)
          .number("droppedRecords", event.count)
          .text("reason", event.text);
      return;
    case LogEventType::function_line:
    case LogEventType::extension_line:
      return;
  }
}

bool is_line(LogEventType type) {
  return type == LogEventType::function_line || type == LogEventType::extension_line;
}

void append_record(std::string& to, const LogEvent& event) {
  if (is_line(event.type)) {
    if (event.is_json && is_json_object(event.text)) {
      to += event.text;
    } else {
      append_json(to, event.text);
    }
    return;
  }
  Object record(to);
  append_members(record, to, event);
  record.end();
}

}  // namespace

std::string_view status_name(LogStatus status) {
  switch (status) {
    case LogStatus::success:
      return "success";
    case LogStatus::failure:
      return "failure";
    case LogStatus::error:
      return "error";
    case LogStatus::timeout:
      return "timeout";
  }
  return {};
}

std::string_view type_name(LogEventType type) {
  switch (type) {
    case LogEventType::init_start:
      return "platform.initStart";
    case LogEventType::init_runtime_done:
      return "platform.initRuntimeDone";
    case LogEventType::init_report:
      return "platform.initReport";
    case LogEventType::start:
      return "platform.start";
    case LogEventType::runtime_done:
      return "platform.runtimeDone";
    case LogEventType::report:
      return "platform.report";
    case LogEventType::restore_start:
      return "platform.restoreStart";
    case LogEventType::restore_runtime_done:
      return "platform.restoreRuntimeDone";
    case LogEventType::restore_report:
      return "platform.restoreReport";
    case LogEventType::extension:
      return "platform.extension";
    case LogEventType::telemetry_subscription:
      return "platform.telemetrySubscription";
    case LogEventType::logs_dropped:
      return "platform.logsDropped";
    case LogEventType::function_line:
      return "function";
    case LogEventType::extension_line:
      return "extension";
  }
  return {};
}

std::string time_text(std::int64_t unix_ms) {
  namespace chr = std::chrono;
  const chr::sys_time<chr::milliseconds> time{chr::milliseconds(unix_ms)};
  const auto day = chr::floor<chr::days>(time);
  const chr::year_month_day date{day};
  const chr::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string record_json(const LogEvent& event) {
  std::string json;
  append_record(json, event);
  return json;
}

std::string event_json(const LogEvent& event) {
  std::string json = fmt::format(R"({{"time":"{}","type":"{}","record":)", time_text(event.unix_ms),
                                 type_name(event.type));
  append_record(json, event);
  json += '}';
  return json;
}

// Init is billed since August 2025.
std::int64_t billed_ms(const LogEvent& report) {
  const Duration billed = report.duration + report.init.value_or(Duration{0});
  return std::chrono::ceil<std::chrono::milliseconds>(billed).count();
}

}  // namespace smyth::observe
