#include "simulate/conditions.h"

#include "base/nearest.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace smyth::simulate {
namespace {

using Figure = Condition::Figure;

constexpr std::array<std::pair<std::string_view, Figure>, 10> figures = {
    {{"p50", Figure::p50},
     {"p90", Figure::p90},
     {"p99", Figure::p99},
     {"p99.9", Figure::p999},
     {"cold", Figure::cold},
     {"throttled", Figure::throttled},
     {"errors", Figure::errors},
     {"wait", Figure::wait},
     {"environments", Figure::environments},
     {"cost", Figure::cost}}};

enum class Unit : std::uint8_t { length, share, number, dollars };

Unit unit_of(Figure figure) {
  switch (figure) {
    case Figure::p50:
    case Figure::p90:
    case Figure::p99:
    case Figure::p999:
    case Figure::wait:
      return Unit::length;
    case Figure::cold:
    case Figure::throttled:
    case Figure::errors:
      return Unit::share;
    case Figure::environments:
      return Unit::number;
    case Figure::cost:
      return Unit::dollars;
  }
  return Unit::number;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::unexpected<Error> no_condition(std::string_view text, std::string_view what) {
  return misuse(fmt::format("`{}` is no condition for {}", text, what),
                "write a figure, `<` or `>`, and a limit: `p99 < 300ms and throttled < 0.1%`");
}

Result<double> read_number(std::string_view text, std::string_view condition,
                           std::string_view what) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || !std::isfinite(number) || number < 0) return no_condition(condition, what);
  return number;
}

Result<double> read_limit(Figure figure, std::string_view text, std::string_view condition,
                          std::string_view what) {
  switch (unit_of(figure)) {
    case Unit::length: {
      const auto length = read_length(text, what);
      if (!length) return std::unexpected(length.error());
      return static_cast<double>(length->count());
    }
    case Unit::share:
      return read_share(text, what);
    case Unit::dollars:
      if (text.starts_with('$')) text.remove_prefix(1);
      return read_number(text, condition, what);
    case Unit::number:
      return read_number(text, condition, what);
  }
  return no_condition(condition, what);
}

Result<Condition> read_condition(std::string_view text, std::string_view what) {
  const std::size_t sign = text.find_first_of("<>");
  if (sign == text.npos) return no_condition(text, what);
  const std::string_view name = trimmed(text.substr(0, sign));
  const auto found =
      std::ranges::find(figures, name, [](const auto& known) { return known.first; });
  if (found == figures.end()) {
    std::vector<std::string_view> names;
    names.reserve(figures.size());
    for (const auto& [known, figure] : figures) names.push_back(known);
    const std::string_view near = nearest(name, names);
    return misuse(fmt::format("`{}` for {} is no figure", name, what),
                  near.empty() ? fmt::format("there are `{}`", fmt::join(names, "`, `"))
                               : fmt::format("did you mean `{}`?", near));
  }
  Condition condition{.figure = found->second, .is_below = text[sign] == '<'};
  std::string_view rest = text.substr(sign + 1);
  condition.may_equal = rest.starts_with('=');
  if (condition.may_equal) rest.remove_prefix(1);
  const auto limit = read_limit(condition.figure, trimmed(rest), text, what);
  if (!limit) return std::unexpected(limit.error());
  condition.limit = *limit;
  condition.text = std::string(text);
  return condition;
}

}  // namespace

Estimate Condition::value_in(const Findings& findings) const {
  const Figures& all = findings.all;
  switch (figure) {
    case Figure::p50:
    case Figure::p90:
    case Figure::p99:
    case Figure::p999:
      return all.all.at[static_cast<std::size_t>(figure)];
    case Figure::cold:
      return all.cold_share;
    case Figure::throttled:
      return all.throttled_share;
    case Figure::errors:
      return all.error_share;
    case Figure::wait:
      return all.mean_wait;
    case Figure::environments:
      return all.environments;
    case Figure::cost:
      return Estimate::exactly(all.month.total());
  }
  return {};
}

std::string Condition::value_text(const Estimate& value) const {
  const auto written = [this](double number) {
    switch (unit_of(figure)) {
      case Unit::length:
        return length_text(Duration(static_cast<Duration::rep>(number)));
      case Unit::share:
        return fmt::format("{:.4g} %", number * 100);
      case Unit::number:
        return fmt::format("{:.4g}", number);
      case Unit::dollars:
        return fmt::format("${:.2f}", number);
    }
    return std::string();
  };
  if (value.low == value.high) return written(value.value);
  return fmt::format("{} ({} - {})", written(value.value), written(value.low), written(value.high));
}

bool Condition::holds(double value) const {
  if (value == limit) return may_equal;
  return is_below ? value < limit : value > limit;
}

Result<std::vector<Condition>> read_conditions(std::string_view text, std::string_view what) {
  constexpr std::string_view between = " and ";
  std::vector<Condition> conditions;
  for (bool is_more = true; is_more;) {
    const std::size_t end = std::min(text.find(between), text.size());
    is_more = end < text.size();
    auto condition = read_condition(trimmed(text.substr(0, end)), what);
    if (!condition) return std::unexpected(condition.error());
    conditions.push_back(*std::move(condition));
    text.remove_prefix(std::min(end + between.size(), text.size()));
  }
  return conditions;
}

}  // namespace smyth::simulate
