#include "simulate/chart.h"

#include "simulate/figure_text.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace smyth::simulate {
namespace {

// In units of the SVG's view box.
constexpr double width = 720;
constexpr double height = 260;
constexpr double left = 64;
constexpr double right = 16;
constexpr double top = 12;
constexpr double bottom = 44;

double part_of(const Axis& axis, double value) {
  if (axis.scale == Axis::Scale::linear) return (value - axis.low) / (axis.high - axis.low);
  const double at_least = std::max(value, axis.low);
  return std::log(at_least / axis.low) / std::log(axis.high / axis.low);
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {}

  std::string take() {
    add(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-labelledby="{}-title" aria-describedby="{}-desc">)",
        width, height, chart_.id, chart_.id);
    add("<title id=\"{}-title\">{}</title>", chart_.id, escaped(chart_.title));
    add("<desc id=\"{}-desc\">{}</desc>\n", chart_.id, escaped(chart_.description));
    draw_axes();
    for (const Mark& mark : chart_.marks) draw(mark);
    text_ += "</svg>\n";
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }
  double x(double value) const { return left + part_of(chart_.x, value) * (width - left - right); }
  double y(double value) const {
    return height - bottom - part_of(chart_.y, value) * (height - top - bottom);
  }

  void draw_axes() {
    const double floor = height - bottom;
    for (const Axis::Tick& tick : chart_.y.ticks) {
      add(R"(<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>)", left, y(tick.at), width - right);
      add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8,
          y(tick.at) + 4, escaped(tick.text));
    }
    for (const Axis::Tick& tick : chart_.x.ticks) {
      add(R"(<path class="grid" d="M{:.1f} {:.1f}V{:.1f}"/>)", x(tick.at), floor, floor + 5);
      add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x(tick.at),
          floor + 18, escaped(tick.text));
    }
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        (left + width - right) / 2, height - 8, escaped(chart_.x.name));
  }

  void draw(const Mark& mark) {
    switch (mark.kind) {
      case Mark::Kind::line:
      case Mark::Kind::area:
        return draw_line(mark);
      case Mark::Kind::bars:
        return draw_bars(mark);
      case Mark::Kind::dots:
        return draw_dots(mark);
    }
  }

  void draw_line(const Mark& mark) {
    if (mark.points.empty()) return;
    const bool is_area = mark.kind == Mark::Kind::area;
    add("<path class=\"{} {}\" d=\"", is_area ? "area" : "line", mark.style);
    if (is_area) add("M{:.1f} {:.1f}", x(mark.points.front().first), y(chart_.y.low));
    for (std::size_t i = 0; i < mark.points.size(); ++i) {
      add("{}{:.1f} {:.1f}", i == 0 && !is_area ? 'M' : 'L', x(mark.points[i].first),
          y(mark.points[i].second));
    }
    if (is_area) add("L{:.1f} {:.1f}Z", x(mark.points.back().first), y(chart_.y.low));
    text_ += "\"/>\n";
  }

  void draw_bars(const Mark& mark) {
    add("<path class=\"area {}\" d=\"", mark.style);
    for (std::size_t i = 0; i + 1 < mark.points.size(); i += 2) {
      const auto& [low, high] = std::pair(mark.points[i], mark.points[i + 1]);
      if (high.second <= low.second) continue;
      // A narrow one is still seen.
      const double end = std::max(x(high.first), x(low.first) + 1);
      add("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}Z", x(low.first), y(low.second), end,
          std::min(y(high.second), y(low.second) - 1), x(low.first));
    }
    text_ += "\"/>\n";
  }

  void draw_dots(const Mark& mark) {
    for (std::size_t i = 0; i < mark.points.size(); ++i) {
      add(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4">)", mark.style,
          x(mark.points[i].first), y(mark.points[i].second));
      if (i < mark.labels.size()) add("<title>{}</title>", escaped(mark.labels[i]));
      text_ += "</circle>\n";
    }
  }

  const Chart& chart_;
  std::string text_;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string figure_of(const Chart& chart) {
  std::string html = fmt::format("<figure id=\"{}\">\n<h2>{}</h2>\n<p class=\"legend\">", chart.id,
                                 escaped(chart.title));
  for (const Mark& mark : chart.marks) {
    if (mark.name.empty()) continue;
    html += fmt::format(R"(<span><i class="{}"></i>{}</span> )", mark.style, escaped(mark.name));
  }
  html += "</p>\n" + Drawing(chart).take();
  html += fmt::format("<figcaption>{}</figcaption>\n</figure>\n", escaped(chart.description));
  return html;
}

Axis linear_axis(std::string_view name, double most) {
  double step = 1;
  if (most > 0) {
    const double power = std::pow(10, std::floor(std::log10(most / 5)));
    const double rest = most / 5 / power;
    step = power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
  }
  Axis axis{.name = std::string(name)};
  const int count = std::max(1, static_cast<int>(std::ceil(most / step - 1e-9)));
  for (int i = 0; i <= count; ++i) axis.ticks.push_back({step * i, short_number(step * i)});
  for (Axis::Tick& tick : axis.ticks) {
    const std::size_t point = tick.text.find('.');
    if (point == tick.text.npos) continue;
    while (tick.text.ends_with('0')) tick.text.pop_back();
    if (tick.text.ends_with('.')) tick.text.pop_back();
  }
  axis.high = step * count;
  return axis;
}

Axis time_axis(double seconds) {
  constexpr std::array steps = {
      1e-3,   1e-2,   0.1,        1.0,        5.0,         10.0,        30.0,
      60.0,   300.,   600.,       1800.,      3600.,       10800.,      21600.,
      43200., 86400., 2 * 86400., 7 * 86400., 14 * 86400., 28 * 86400., 91 * 86400.};
  Axis axis{.name = "time", .high = seconds > 0 ? seconds : 1};
  double step = steps.back();
  for (const double one : steps) {
    if (axis.high / one > 10) continue;
    step = one;
    break;
  }
  for (int i = 0; i * step <= axis.high * (1 + 1e-9); ++i) {
    axis.ticks.push_back({i * step, i == 0 ? "0" : length_text(i * step * 1e9)});
  }
  return axis;
}

Axis length_axis(std::string_view name, double low, double high) {
  Axis axis{.name = std::string(name),
            .low = std::max(low, 1.0),
            .high = std::max(high, std::max(low, 1.0) * 1.1),
            .scale = Axis::Scale::logarithmic};
  const bool is_short = axis.high / axis.low < 30;
  const int decades = static_cast<int>(std::log10(axis.high)) + 1;
  for (int i = 0; i <= decades; ++i) {
    const double decade = std::pow(10, i);
    for (const double times : {1.0, 2.0, 5.0}) {
      const double at = decade * times;
      if (at < axis.low || at > axis.high || (times > 1 && !is_short)) continue;
      axis.ticks.push_back({at, length_text(at)});
    }
  }
  return axis;
}

}  // namespace smyth::simulate
