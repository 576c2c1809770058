#include "simulate/grid_page.h"

#include "simulate/chart.h"
#include "simulate/figure_text.h"
#include "simulate/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace smyth::simulate {
namespace {

// "reserved 40, provisioned 10"
std::string name_of(const Grid& grid, const GridPoint& point) {
  std::string name;
  for (std::size_t i = 0; i < grid.names.size(); ++i) {
    name += fmt::format("{}{} {}", i > 0 ? ", " : "", grid.names[i], point.values[i]);
  }
  return name;
}

// Of the points that serve anybody.
Chart front_chart(const Grid& grid) {
  Mark others{Mark::Kind::dots, "fourth", "others", {}, {}};
  Mark front{Mark::Kind::dots, "second", "front: none is both cheaper and faster", {}, {}};
  double most = 0;
  double low = 0;
  double high = 0;
  for (const GridPoint& point : grid.points) {
    const double p99 = point.findings.all.all.at[2].value;
    const double month = point.findings.all.month.total();
    if (p99 <= 0) continue;
    Mark& mark = point.is_front ? front : others;
    mark.points.emplace_back(p99, month);
    mark.labels.push_back(fmt::format("{}: {} a month, p99 {}", name_of(grid, point),
                                      dollars(month), length_text(p99)));
    most = std::max(most, month);
    low = low > 0 ? std::min(low, p99) : p99;
    high = std::max(high, p99);
  }
  if (low <= 0) low = high = 1e9;
  return {.id = "grid",
          .title = "Cost against latency",
          .description =
              fmt::format("{} questions: dollars a month against the p99 of the latency. {} of "
                          "them are on the front: none of the others is cheaper and not slower, or "
                          "faster and not dearer.",
                          grid.points.size(), front.points.size()),
          .x = length_axis("p99", low * 0.9, high * 1.1),
          .y = linear_axis("", most),
          .marks = {others, front}};
}

// The values that differ, then the figures.
std::string points_table(const Grid& grid) {
  std::string html = "<h2>All points</h2>\n<div class=\"scroll\"><table>\n<tr>";
  for (const std::string& name : grid.names) {
    html += fmt::format("<th scope=\"col\">{}</th>", escaped(name));
  }
  for (const char* name :
       {"cold", "throttled", "p50", "p99", "environments", "busy, p99", "30 days", "front"}) {
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
  }
  html += "</tr>\n";
  for (const GridPoint& point : grid.points) {
    html += "<tr>";
    for (std::size_t i = 0; i < point.values.size(); ++i) {
      const std::string_view element = i == 0 ? "th scope=\"row\"" : "td";
      html += fmt::format("<{}>{}</{}>", element, escaped(point.values[i]), element.substr(0, 2));
    }
    const Figures& all = point.findings.all;
    const std::array<std::string, 8> cells = {
        percent(all.cold_share.value),        percent(all.throttled_share.value),
        length_text(all.all.at[0].value),     length_text(all.all.at[2].value),
        short_number(all.environments.value), grouped(all.busy_at[2]),
        dollars(all.month.total()),           point.is_front ? "yes" : "no"};
    for (const std::string& cell : cells) html += fmt::format("<td class=\"number\">{}</td>", cell);
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

// What all points have in common, in a few lines.
std::string question_text(const Grid& grid, const Question& question) {
  const auto varies = [&grid](std::string_view name) {
    return std::ranges::find(grid.names, name) != grid.names.end();
  };
  std::string text;
  for (const Function& function : question.functions) {
    text += function.name.empty() ? "one function" : function.name;
    if (!varies("memory")) text += fmt::format(", {} MiB", function.memory_mib);
    if (!function.duration_text.empty()) text += ", duration " + function.duration_text;
    if (!function.init_text.empty()) text += ", init " + function.init_text;
    text += '\n';
  }
  text += fmt::format("{} for {}, seed {}", varies("rate") ? "calls" : question.traffic_text,
                      length_text(static_cast<double>(grid.points.front().findings.length.count())),
                      question.seed);
  if (question.replications > 1) text += fmt::format(", {} replications", question.replications);
  if (!grid.is_complete()) {
    text += fmt::format("\nNOT COMPLETE: {} of {} points", grid.points.size(), grid.asked);
  }
  return text;
}

}  // namespace

std::string grid_page(const Grid& grid) {
  const Question& question = grid.points.front().question;
  const std::string name = question.functions.size() == 1 ? question.functions.front().name
                                                          : std::string("all functions");
  std::string html = page_head(fmt::format("{}, simulated {} times", name, grid.points.size()),
                               question_text(grid, question));
  return html + figure_of(front_chart(grid)) + points_table(grid) + sources_table(question) +
         page_end();
}

}  // namespace smyth::simulate
