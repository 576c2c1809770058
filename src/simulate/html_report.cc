#include "simulate/html_report.h"

#include "simulate/chart.h"
#include "simulate/figure_text.h"
#include "simulate/page.h"
#include "simulate/reasons.h"
#include "simulate/table.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace smyth::simulate {
namespace {

double seconds_of(Duration length) { return static_cast<double>(length.count()) / 1e9; }

// One value of each bin over time, as steps.
template <class Value>
std::vector<Point> steps_of(const Series& series, Value value) {
  std::vector<Point> points;
  const double length = seconds_of(series.bin_length());
  for (std::size_t i = 0; i < series.bins().size(); ++i) {
    const double from = static_cast<double>(i) * length;
    const double at = value(series.bins()[i], seconds_of(series.length_of(i)));
    points.emplace_back(from, at);
    points.emplace_back(from + seconds_of(series.length_of(i)), at);
  }
  return points;
}

// The same as bars.
template <class Value>
std::vector<Point> bars_of(const Series& series, Value value) {
  std::vector<Point> points;
  const double length = seconds_of(series.bin_length());
  for (std::size_t i = 0; i < series.bins().size(); ++i) {
    const double from = static_cast<double>(i) * length;
    points.emplace_back(from, 0);
    points.emplace_back(from + length, static_cast<double>(value(series.bins()[i])));
  }
  return points;
}

double highest(const std::vector<Point>& points) {
  double most = 0;
  for (const Point& point : points) most = std::max(most, point.second);
  return most;
}

double end_of(const Series& series) {
  if (series.bins().empty()) return 0;
  const std::size_t last = series.bins().size() - 1;
  return seconds_of(series.bin_length()) * static_cast<double>(last) +
         seconds_of(series.length_of(last));
}

std::string bins_text(const Series& series) {
  return fmt::format("Each step is {} of the first replication.", length_text(series.bin_length()));
}

Chart environments_chart(const Findings& findings, const Series& series) {
  const auto mean = [](sim::Total total, double seconds) {
    return seconds > 0 ? static_cast<double>(total) / 1e9 / seconds : 0;
  };
  const auto alive = steps_of(series, [&](const Series::Bin& bin, double seconds) {
    return mean(bin.alive_time, seconds);
  });
  const auto busy = steps_of(
      series, [&](const Series::Bin& bin, double seconds) { return mean(bin.busy_time, seconds); });
  const auto peak = steps_of(
      series, [](const Series::Bin& bin, double) { return static_cast<double>(bin.busy_peak); });
  const Figures& all = findings.all;
  return {.id = "environments",
          .title = "Environments over time",
          .description =
              fmt::format("{} exist on average, at most {}; {} are busy on average, at most {}. {}",
                          short_number(all.environments.value), all.environments_peak,
                          short_number(all.busy.value), all.busy_peak, bins_text(series)),
          .x = time_axis(end_of(series)),
          .y = linear_axis("", std::max(highest(alive), highest(peak))),
          .marks = {{Mark::Kind::area, "first", "busy", busy, {}},
                    {Mark::Kind::line, "third", "busy, most at once", peak, {}},
                    {Mark::Kind::line, "second", "all that exist", alive, {}}}};
}

Chart latency_chart(const Findings& findings) {
  std::vector<Point> warm;
  std::vector<Point> cold;
  double calls = 0;
  for (const LatencyBin& bin : findings.latencies) calls += bin.warm + bin.cold;
  for (const LatencyBin& bin : findings.latencies) {
    // Classes differ in width: as many calls in a wider one are fewer at each length.
    const double low = std::max(bin.low, bin.high / 2);
    const double scale = 100 / calls / std::log2(bin.high / low);
    warm.emplace_back(bin.low, 0);
    warm.emplace_back(bin.high, bin.warm * scale);
    cold.emplace_back(bin.low, bin.warm * scale);
    cold.emplace_back(bin.high, (bin.warm + bin.cold) * scale);
  }
  const Latency& all = findings.all.all;
  const double low = findings.latencies.empty() ? 1 : findings.latencies.front().low;
  const double high = findings.latencies.empty() ? 10 : findings.latencies.back().high;
  return {.id = "latency",
          .title = "Latency",
          .description = fmt::format(
              "Of {} calls half took at most {}, 99 % at most {}, 99.9 % at most {}, from the "
              "arrival to the answer. The height is the percentage of calls for each doubling of "
              "the length.",
              grouped(all.calls), length_text(all.at[0].value), length_text(all.at[2].value),
              length_text(all.at[3].value)),
          .x = length_axis("latency", low, high),
          .y = linear_axis("", highest(cold)),
          .marks = {{Mark::Kind::bars, "first", "warm", warm, {}},
                    {Mark::Kind::bars, "second", "cold", cold, {}}}};
}

Chart cold_chart(const Findings& findings, const Series& series) {
  const auto cold = bars_of(series, [](const Series::Bin& bin) { return bin.cold; });
  return {.id = "cold",
          .title = "Cold starts over time",
          .description = fmt::format("{} cold starts, {} of the calls served. {}",
                                     grouped(findings.all.sums.cold),
                                     share(findings.all.cold_share), bins_text(series)),
          .x = time_axis(end_of(series)),
          .y = linear_axis("", highest(cold)),
          .marks = {{Mark::Kind::bars, "second", "cold starts", cold, {}}}};
}

Chart throttle_chart(const Findings& findings, const Series& series) {
  const auto calls = bars_of(series, [](const Series::Bin& bin) { return bin.calls; });
  const auto throttled = bars_of(series, [](const Series::Bin& bin) { return bin.throttled; });
  return {.id = "throttled",
          .title = "Calls and throttles over time",
          .description =
              fmt::format("{} of {} calls were throttled, {}. {}",
                          grouped(findings.all.sums.throttled), grouped(findings.all.sums.calls),
                          share(findings.all.throttled_share), bins_text(series)),
          .x = time_axis(end_of(series)),
          .y = linear_axis("", highest(calls)),
          .marks = {{Mark::Kind::bars, "fourth", "calls", calls, {}},
                    {Mark::Kind::bars, "second", "of them throttled", throttled, {}}}};
}

std::string row(std::string_view name, std::string_view value, std::string_view more) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td></tr>\n",
                     escaped(name), escaped(value), escaped(more));
}

std::string throttle_text(const Figures& all) {
  std::string text = share(all.throttled_share);
  for (std::size_t i = 0; i < all.throttled.size(); ++i) {
    if (all.throttled[i] == 0) continue;
    text +=
        fmt::format("; {} {} ({})", grouped(all.throttled[i]),
                    words_of(static_cast<core::Reason>(i)), name_of(static_cast<core::Reason>(i)));
  }
  return text;
}

std::string latency_text(const Latency& latency) {
  const Estimate& p99 = latency.at[2];
  return fmt::format("p50 {}, p90 {}, p99.9 {}; p99 between {} and {}",
                     length_text(latency.at[0].value), length_text(latency.at[1].value),
                     length_text(latency.at[3].value), length_text(p99.low), length_text(p99.high));
}

std::string figures_table(const Findings& findings) {
  const Figures& all = findings.all;
  const Cost& month = all.month;
  std::string html = "<h2>Figures</h2>\n<div class=\"scroll\"><table>\n";
  html += row("calls", grouped(all.sums.calls), "");
  html +=
      row("cold starts", grouped(all.sums.cold), share(all.cold_share) + " of the calls served");
  html += row("throttled", grouped(all.sums.throttled), throttle_text(all));
  html += row("errors", grouped(all.sums.errors + all.sums.timeouts),
              fmt::format("{}; timeouts {}", share(all.error_share), grouped(all.sums.timeouts)));
  html += row("waited", grouped(all.sums.waited),
              fmt::format("mean of all {}", length_text(all.mean_wait.value)));
  html += row("environments", short_number(all.environments.value),
              fmt::format("on average{}, p99 {}, peak {}", interval(all.environments),
                          grouped(all.environments_at[2]), grouped(all.environments_peak)));
  html += row("of them busy", short_number(all.busy.value),
              fmt::format("on average{}, p99 {}, p99.9 {}, peak {}; {} of the time",
                          interval(all.busy), grouped(all.busy_at[2]), grouped(all.busy_at[3]),
                          grouped(all.busy_peak), percent(all.utilisation.value)));
  html += row("latency, p99", length_text(all.all.at[2].value), latency_text(all.all));
  if (all.warm.calls > 0 && all.cold.calls > 0) {
    html += row("warm, p99", length_text(all.warm.at[2].value), latency_text(all.warm));
    html += row("cold, p99", length_text(all.cold.at[2].value), latency_text(all.cold));
  }
  html += row("cost", dollars(all.cost.total()), "in " + length_text(findings.length));
  html +=
      row("cost of 30 days", dollars(month.total()),
          fmt::format("requests {}, compute {}, init {}, provisioned {}; {} for a million calls",
                      dollars(month.requests), dollars(month.compute), dollars(month.init),
                      dollars(month.provisioned), dollars(all.per_million)));
  return html + "</table></div>\n<p class=\"note\">In parentheses: 95 % intervals.</p>\n";
}

std::string functions_table(const Findings& findings) {
  std::string html =
      "<h2>Functions</h2>\n<div class=\"scroll\"><table>\n<tr><th scope=\"col\">function</th>";
  for (const char* name : {"calls", "cold", "throttled", "peak", "p99", "30 days"}) {
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
  }
  html += "</tr>\n";
  for (const Figures& one : findings.functions) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(one.name));
    for (const std::string& value :
         {grouped(one.sums.calls), grouped(one.sums.cold), grouped(one.sums.throttled),
          grouped(one.environments_peak), length_text(one.all.at[2].value),
          dollars(one.month.total())}) {
      html += fmt::format("<td class=\"number\">{}</td>", value);
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string html_report(const Question& question, const Findings& findings, const Series& series) {
  const std::string name = question.functions.size() == 1 ? question.functions.front().name
                                                          : std::string("all functions");
  std::string html = page_head(name + ", simulated", question_text(question, findings));
  html += figures_table(findings);
  html += figure_of(environments_chart(findings, series));
  html += figure_of(latency_chart(findings));
  html += figure_of(cold_chart(findings, series));
  html += figure_of(throttle_chart(findings, series));
  if (findings.functions.size() > 1) html += functions_table(findings);
  html += sources_table(question);
  html += fmt::format("<p class=\"note\">decisions: {:016x}</p>\n", findings.decision_hash);
  return html + page_end();
}

}  // namespace smyth::simulate
