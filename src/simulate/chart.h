#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Charts as SVG within an HTML page, without a script: the page's style sheet gives the colours by
// class, so that they follow the reader's light or dark.
namespace smyth::simulate {

// From where to where an axis goes, and what is written beside its lines.
struct Axis {
  enum class Scale : unsigned char { linear, logarithmic };
  struct Tick {
    double at = 0;
    std::string text;
  };

  std::string name;
  double low = 0;
  double high = 1;
  Scale scale = Scale::linear;
  std::vector<Tick> ticks;
};

using Point = std::pair<double, double>;

// What is drawn; `style` is a class of the style sheet, `name` what the legend calls it.
struct Mark {
  enum class Kind : unsigned char {
    line,
    area,  // Below the line.
    bars,  // Each from one point to the next but one: lower left corner, upper right corner.
    dots,
  };

  Kind kind = Kind::line;
  std::string style;
  std::string name;
  std::vector<Point> points;
  std::vector<std::string> labels;  // Of dots: what a pointer above them shows.
};

struct Chart {
  std::string id;  // Of the page's element.
  std::string title;
  std::string description;  // In words what it shows: for who does not see it, too.
  Axis x;
  Axis y;
  std::vector<Mark> marks;
};

// A <figure> with its caption, legend and SVG.
std::string figure_of(const Chart& chart);

// Round values from zero to at least `most`, about five of them; `high` is the last.
Axis linear_axis(std::string_view name, double most);
// Seconds, minutes, hours or days from zero to `seconds`.
Axis time_axis(double seconds);
// Lengths of time in nanoseconds, a tick a decade.
Axis length_axis(std::string_view name, double low, double high);

std::string escaped(std::string_view text);  // For HTML.

}  // namespace smyth::simulate
