#include "observe/report.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace smyth::observe {
namespace {

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

}  // namespace

std::string start_line(std::string_view request_id) {
  return fmt::format("START RequestId: {} Version: $LATEST\n", request_id);
}

std::string end_line(std::string_view request_id) {
  return fmt::format("END RequestId: {}\n", request_id);
}

std::string report_line(const ReportLine& report) {
  // Init is billed since August 2025.
  const double billed =
      milliseconds(report.duration) + (report.init ? milliseconds(*report.init) : 0);
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {:.0f} ms\tMemory Size: {} MB\t"
      "Max Memory Used: {} MB\t",
      report.request_id, milliseconds(report.duration), std::ceil(billed), report.memory_size_mib,
      report.max_memory_used_mib);
  auto out = std::back_inserter(line);
  if (report.init) fmt::format_to(out, "Init Duration: {:.2f} ms\t", milliseconds(*report.init));
  if (!report.status.empty()) fmt::format_to(out, "Status: {}", report.status);
  if (!report.error_type.empty()) fmt::format_to(out, "\tError Type: {}", report.error_type);
  line.push_back('\n');
  return line;
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
