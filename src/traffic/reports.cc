#include "traffic/reports.h"

#include "traffic/calls.h"
#include "traffic/names.h"
#include "traffic/report_line.h"
#include "traffic/report_table.h"
#include "traffic/row.h"
#include "traffic/start_order.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::traffic {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t,") + 1 - first);
}

// What follows `"name":` in a line of JSON that was written over several lines.
std::optional<std::string_view> member_in(std::string_view line, std::string_view name) {
  if (!line.starts_with('"') || !line.substr(1).starts_with(name)) return std::nullopt;
  line.remove_prefix(1 + name.size());
  if (!line.starts_with("\":")) return std::nullopt;
  std::string_view value = trimmed(line.substr(2));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

// Logs in lines: one event a line with its time before it, or the JSON of `aws logs`, whose events
// have a member a line.
class ReportLines {
 public:
  explicit ReportLines(TextFile file) : file_(std::move(file)) {}

  Result<std::optional<LoggedReport>> next() {
    for (;;) {
      auto next = file_.next_line();
      if (!next) return std::unexpected(std::move(next.error()));
      const std::optional<std::string_view>& line = *next;
      if (!line) return std::nullopt;
      auto found = look_at(*line);
      if (!found || *found) return found;
    }
  }

  const TextFile& file() const { return file_; }

 private:
  struct Event {
    std::optional<Duration> time;
    std::string log_stream;
    std::optional<Report> report;
  };

  Result<std::optional<LoggedReport>> look_at(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (text == "{") event_ = Event{};
    if (const auto time = member_in(text, "timestamp")) event_.time = log_time(*time);
    if (const auto stream = member_in(text, "logStreamName")) event_.log_stream = *stream;
    if (text.starts_with('}')) return end_event();
    auto found = report_in(line, file_, 1);
    if (!found) return std::unexpected(std::move(found.error()));
    std::optional<Report>& report = *found;
    if (!report) return std::nullopt;
    if (member_in(text, "message")) {
      report->log_stream.clear();
      event_.report = std::move(report);
      return std::nullopt;
    }
    if (!report->ended) return no_time();
    return LoggedReport{*std::move(report), {}};
  }

  Result<std::optional<LoggedReport>> end_event() {
    const Event event = std::exchange(event_, Event{});
    if (!event.report) return std::nullopt;
    LoggedReport found{*event.report, {}};
    if (event.time) found.report.ended = event.time;
    if (!found.report.ended) return no_time();
    found.report.log_stream = event.log_stream;
    return found;
  }

  std::unexpected<Error> no_time() const {
    return file_.malformed(1, "a REPORT line has no time",
                           "export it with its time, as `aws logs tail` does");
  }

  TextFile file_;
  Event event_;  // Whose members are read.
};

// `/aws/lambda/orders`, also with the account before it, is of `orders`.
std::string_view function_of(std::string_view log_group) {
  constexpr std::string_view folder = "/aws/lambda/";
  const std::size_t at = log_group.find(folder);
  return at == std::string_view::npos ? log_group : log_group.substr(at + folder.size());
}

// Whether a file that begins so is a log: no object or table with the names of columns of calls.
bool is_log_line(std::string_view line) {
  if (ReportTable::is_header(line)) return true;
  const std::string_view text = trimmed(line);
  if (text.starts_with('{')) return text == "{" || text.find("\"platform.") != text.npos;
  return text.find(':') != std::string_view::npos;
}

// Calls from reports, whatever the form of the file is.
template <class Reports>
class ReportedCalls final : public CallSource {
 public:
  explicit ReportedCalls(Reports reports) : reports_(std::move(reports)) {}

  Result<std::span<const Call>> next_batch() override {
    batch_.clear();
    while (batch_.size() < batch_max) {
      auto call = order_.take(is_read_ ? StartOrder::Left::all : StartOrder::Left::some);
      if (call) {
        if (!origin_) origin_ = call->at.time_since_epoch();
        call->at -= *origin_;
        batch_.push_back(*call);
        continue;
      }
      if (is_read_) break;
      auto next = reports_.next();
      if (!next) return std::unexpected(std::move(next.error()));
      const std::optional<LoggedReport>& found = *next;
      is_read_ = !found;
      if (!found) continue;
      if (auto added = add(*found); !added) {
        return std::unexpected(std::move(added.error()));
      }
    }
    if (batch_.empty() && !origin_) {
      return file().malformed("there is no REPORT line in the file",
                              "Lambda writes one at the end of each invocation");
    }
    return std::span<const Call>(batch_);
  }

  std::span<const std::string> functions() const override { return functions_.all(); }

 private:
  static constexpr std::size_t batch_max = 512;

  Result<void> add(const LoggedReport& found) {
    const Report& report = found.report;
    Call call;
    const bool is_cold = report.init != unsaid;
    const TimePoint end(report.ended.value_or(Duration{0}));
    call.at = end - report.duration - (is_cold ? report.init : Duration{0});
    call.duration = report.duration;
    call.init = report.init;
    call.memory_mib = report.memory_mib;
    call.start = is_cold ? Start::cold : Start::warm;
    const auto function = functions_.number(function_of(found.log_group));
    if (!function) return file().malformed(1, "there are more than 1,000,000 functions");
    call.function = *function;
    if (!report.log_stream.empty()) {
      const auto environment = environments_.number(report.log_stream);
      if (!environment) return file().malformed(1, "there are more than 100,000,000 log streams");
      call.environment = *environment;
    }
    if (order_.is_full()) {
      return file().malformed(1, "there are more than 4,194,304 calls within 16 minutes");
    }
    if (!order_.add(call, end)) {
      return file().malformed(1, "the lines are not in order of time",
                              "sort them: `sort FILE`, where the time comes first");
    }
    return {};
  }

  const TextFile& file() const { return reports_.file(); }

  Reports reports_;
  StartOrder order_;
  bool is_read_ = false;
  std::optional<Duration> origin_;
  Names functions_{RowReader::functions_max};
  Names environments_{RowReader::environments_max};
  std::vector<Call> batch_;
};

}  // namespace

Result<std::unique_ptr<CallSource>> read_reports(TextFile file) {
  const auto line = file.peek_line();
  if (!line) return std::unexpected(line.error());
  if (!ReportTable::is_header(*line)) {
    return std::make_unique<ReportedCalls<ReportLines>>(ReportLines(std::move(file)));
  }
  auto table = ReportTable::begin(std::move(file));
  if (!table) return std::unexpected(std::move(table.error()));
  return std::make_unique<ReportedCalls<ReportTable>>(*std::move(table));
}

Result<std::unique_ptr<CallSource>> open_reports(const std::string& path) {
  auto file = TextFile::open(path);
  if (!file) return std::unexpected(std::move(file.error()));
  return read_reports(*std::move(file));
}

Result<std::unique_ptr<CallSource>> open_recorded(const std::string& path) {
  auto file = TextFile::open(path);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto line = file->peek_line();
  if (!line) return std::unexpected(line.error());
  const bool is_log = is_log_line(*line);
  return is_log ? read_reports(*std::move(file)) : read_calls(*std::move(file));
}

}  // namespace smyth::traffic
