#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>

namespace smyth::simulate {
namespace {

constexpr double year_in_seconds = 366 * 86'400.0;
constexpr std::size_t lengths_max = 10'000'000;

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array<Unit, 7> units = {
    {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}}};

// A number from the beginning of the text, which is shortened by it.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<double> whole_number(std::string_view text) {
  const auto number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

std::unexpected<Error> no_length(std::string_view text, std::string_view what) {
  return misuse(fmt::format("`{}` is no length of time for {}", text, what),
                "write it with a unit: `80ms`, `1.5s`, `10m`, `2h`, `7d`");
}

std::unexpected<Error> no_law(std::string_view text, std::string_view what) {
  return misuse(fmt::format("`{}` is no law of lengths for {}", text, what),
                "write `80ms`, `exponential:80ms`, `lognormal:p50=80ms,p99=900ms`, "
                "`gamma:shape=2,mean=80ms` or `file:FILE`");
}

// "p50", "p99.9"
std::optional<double> read_percentile(std::string_view name) {
  if (!name.starts_with('p')) return std::nullopt;
  const auto percent = whole_number(name.substr(1));
  if (!percent || *percent < 1e-6 || *percent > 100 - 1e-6) return std::nullopt;
  return *percent / 100;
}

Result<sim::Law> read_lognormal(std::string_view arguments, std::string_view text,
                                std::string_view what) {
  std::vector<sim::Percentile> percentiles;
  for (const auto& [name, value] : parts_of(arguments)) {
    const auto probability = read_percentile(name);
    if (!probability) return no_law(text, what);
    const auto length = read_length(value, what);
    if (!length) return std::unexpected(length.error());
    percentiles.push_back({*probability, *length});
  }
  if (percentiles.size() != 2) {
    return misuse(fmt::format("`{}` for {} needs two percentiles", text, what),
                  "write `lognormal:p50=80ms,p99=900ms`");
  }
  if (percentiles[0].probability > percentiles[1].probability) {
    std::swap(percentiles[0], percentiles[1]);
  }
  const auto& [low, high] = std::pair(percentiles[0], percentiles[1]);
  if (low.probability == high.probability || low.length > high.length ||
      low.length <= Duration{0}) {
    return misuse(fmt::format("`{}` for {}: the higher percentile is the longer, and none is zero",
                              text, what),
                  "write `lognormal:p50=80ms,p99=900ms`");
  }
  return sim::Law::lognormal(low, high);
}

Result<sim::Law> read_gamma(std::string_view arguments, std::string_view text,
                            std::string_view what) {
  std::optional<double> shape;
  std::optional<Duration> mean;
  for (const auto& [name, value] : parts_of(arguments)) {
    if (name == "shape") {
      shape = whole_number(value);
    } else if (name == "mean") {
      const auto length = read_length(value, what);
      if (!length) return std::unexpected(length.error());
      mean = *length;
    } else {
      return no_law(text, what);
    }
  }
  if (!shape || !mean || *shape < 0.01 || *shape > 1e6) {
    return misuse(
        fmt::format("`{}` for {} needs a shape from 0.01 to 1000000 and a mean", text, what),
        "write `gamma:shape=2,mean=80ms`");
  }
  return sim::Law::gamma(*shape, *mean);
}

Result<sim::Law> read_lengths(std::string_view path, std::string_view what) {
  const auto cannot_read = [&] {
    return misuse(fmt::format("cannot read `{}` for {}: {}", path, what, std::strerror(errno)),
                  "name a text file");
  };
  std::ifstream file{std::string(path)};
  if (!file) return cannot_read();
  std::vector<Duration> lengths;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const auto length = read_length(line, what);
    if (!length || lengths.size() == lengths_max) {
      return misuse(length ? fmt::format("{} has more than {} lengths", path, lengths_max)
                           : fmt::format("{}:{}: `{}` is no length of time", path, number, line),
                    "write one length a line, with a unit: `80ms`");
    }
    lengths.push_back(*length);
  }
  if (file.bad()) return cannot_read();
  if (lengths.empty()) {
    return misuse(fmt::format("{} has no lengths", path), "write one length a line: `80ms`");
  }
  return sim::Law::empirical(std::move(lengths));
}

}  // namespace

Result<Duration> read_length(std::string_view text, std::string_view what) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number || *number < 0) return no_length(text, what);
  if (rest.empty()) rest = "s";
  for (const Unit& unit : units) {
    if (rest != unit.name) continue;
    const double seconds = *number * unit.seconds;
    if (seconds > year_in_seconds) {
      return misuse(fmt::format("`{}` for {} is longer than a year", text, what), {});
    }
    return Duration(std::llround(seconds * 1e9));
  }
  return no_length(text, what);
}

std::string length_text(Duration length) {
  const auto seconds = static_cast<double>(length.count()) / 1e9;
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    const double number = seconds / unit->seconds;
    const bool is_whole = std::floor(number) == number;
    // "640 s", not "10.7 m": constants are written as they are known.
    const bool is_better_in_seconds =
        number < 10 || (std::floor(seconds) == seconds && seconds < 10'000);
    if (number < 1 || (unit->seconds > 1 && !is_whole && is_better_in_seconds)) continue;
    const std::string_view name = unit->name == "m" ? "min" : unit->name;
    if (is_whole) return fmt::format("{:.0f} {}", number, name);
    const int digits = number < 10 ? 2 : number < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", number, digits, name);
  }
  return "0 ms";
}

Result<WrittenLaw> read_law(std::string_view text, std::string_view what) {
  const std::size_t colon = text.find(':');
  const std::string_view name = colon == text.npos ? "constant" : text.substr(0, colon);
  const std::string_view arguments = colon == text.npos ? text : text.substr(colon + 1);
  const auto read = [&]() -> Result<sim::Law> {
    if (name == "constant" || name == "exponential") {
      const auto length = read_length(arguments, what);
      if (!length) return colon == text.npos ? no_law(text, what) : std::unexpected(length.error());
      return name == "constant" ? sim::Law::constant(*length) : sim::Law::exponential(*length);
    }
    if (name == "lognormal") return read_lognormal(arguments, text, what);
    if (name == "gamma") return read_gamma(arguments, text, what);
    if (name == "file") return read_lengths(arguments, what);
    return no_law(text, what);
  };
  auto law = read();
  if (!law) return std::unexpected(law.error());
  return WrittenLaw{std::string(text), *std::move(law)};
}

Result<WrittenLaw> Laws::read(std::string_view text, std::string_view what) {
  if (const auto found = known_.find(text); found != known_.end()) return found->second;
  auto law = read_law(text, what);
  if (law) known_.emplace(text, *law);
  return law;
}

Result<double> read_rate(std::string_view text, std::string_view what) {
  constexpr std::array<Unit, 5> periods = {
      {{"", 1}, {"/s", 1}, {"/min", 60}, {"/h", 3'600}, {"/d", 86'400}}};
  std::string_view rest = text;
  const auto number = take_number(rest);
  for (const Unit& period : periods) {
    if (!number || *number < 0 || rest != period.name) continue;
    if (*number / period.seconds > 1e7) {
      return misuse(fmt::format("`{}` for {} is more than 10,000,000 a second", text, what), {});
    }
    return *number / period.seconds;
  }
  return misuse(fmt::format("`{}` is no rate for {}", text, what),
                "write calls a second, `50`, or `3000/min`, `10/h`, `1000000/d`");
}

Result<std::vector<sim::MarkovArrivals::State>> read_states(std::string_view text,
                                                            std::string_view what) {
  constexpr std::size_t states_max = 1'000;
  // Shorter ones are passed through without end before a call comes.
  constexpr Duration cycle_min = std::chrono::milliseconds(1);
  std::vector<sim::MarkovArrivals::State> states;
  Duration cycle{0};
  double most = 0;
  for (const auto& [part, value] : parts_of(text)) {
    const std::size_t colon = part.find(':');
    if (colon == part.npos || !value.empty()) {
      return misuse(fmt::format("`{}` for {} has no stay", part, what),
                    "write rates, each with its mean stay: `200:10s,5:60s`");
    }
    const auto rate = read_rate(part.substr(0, colon), what);
    if (!rate) return std::unexpected(rate.error());
    const auto stay = read_length(part.substr(colon + 1), what);
    if (!stay) return std::unexpected(stay.error());
    states.push_back({*rate, *stay});
    most = std::max(most, *rate);
    cycle = std::min<Duration>(cycle + *stay, sim::Law::longest);
  }
  if (states.size() < 2 || states.size() > states_max || cycle < cycle_min || most == 0) {
    return misuse(fmt::format("`{}` for {} is no process that changes its rate", text, what),
                  fmt::format("write from 2 to {} rates, not all of them zero, each with its mean "
                              "stay, together 1 ms or more: `200:10s,5:60s`",
                              states_max));
  }
  return states;
}

Result<sim::BurstArrivals> read_burst(std::string_view text, std::string_view what) {
  const std::size_t at = text.find('@');
  if (at == text.npos) {
    return misuse(fmt::format("`{}` is no burst for {}", text, what),
                  "write how many calls, and when: `500@10m`");
  }
  const auto count = read_count(text.substr(0, at), what, 1, 100'000'000);
  if (!count) return std::unexpected(count.error());
  const auto when = read_length(text.substr(at + 1), what);
  if (!when) return std::unexpected(when.error());
  return sim::BurstArrivals{TimePoint(*when), *count};
}

Result<double> read_share(std::string_view text, std::string_view what) {
  const bool is_percent = text.ends_with('%');
  const auto number = whole_number(is_percent ? text.substr(0, text.size() - 1) : text);
  const double share = number.value_or(-1) / (is_percent ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  return misuse(fmt::format("`{}` is no share for {}", text, what), "write `0.01` or `1%`");
}

Result<std::uint64_t> read_count(std::string_view text, std::string_view what, std::uint64_t least,
                                 std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number && number >= least && number <= most) return number;
  return misuse(fmt::format("`{}` is no number for {}", text, what),
                fmt::format("write a whole number from {} to {}", least, most));
}

std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = part.find('=');
    parts.emplace_back(part.substr(0, equals),
                       equals == part.npos ? std::string_view{} : part.substr(equals + 1));
  }
  return parts;
}

}  // namespace smyth::simulate
