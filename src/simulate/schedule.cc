#include "simulate/schedule.h"

#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace smyth::simulate {
namespace {

constexpr Duration day = std::chrono::hours(24);
constexpr std::uint64_t count_max = 10'000'000;
constexpr std::size_t windows_max = 1'000;

bool holds(const Schedule::Window& window, Duration time_of_day) {
  const bool is_after = time_of_day >= window.from;
  const bool is_before = time_of_day < window.until;
  return window.from < window.until ? is_after && is_before : is_after || is_before;
}

std::unexpected<Error> no_schedule(std::string_view text, std::string_view what) {
  return misuse(fmt::format("`{}` is no schedule for {}", text, what),
                "write `50`, or `50@8h-18h` from 8:00 until 18:00 of every day, or `10,50@8h-18h`");
}

Result<Schedule::Window> read_window(std::string_view text, std::string_view what) {
  const std::size_t at = text.find('@');
  const std::string_view times = text.substr(at + 1);
  const std::size_t dash = times.find('-');
  if (dash == times.npos) return no_schedule(text, what);
  const auto count = read_count(text.substr(0, at), what, 0, count_max);
  if (!count) return std::unexpected(count.error());
  const auto from = read_length(times.substr(0, dash), what);
  if (!from) return std::unexpected(from.error());
  const auto until = read_length(times.substr(dash + 1), what);
  if (!until) return std::unexpected(until.error());
  if (*from >= day || *until > day || *from == *until) return no_schedule(text, what);
  return Schedule::Window{static_cast<std::uint32_t>(*count), *from, *until};
}

}  // namespace

std::uint32_t Schedule::most() const {
  std::uint32_t most = otherwise;
  for (const Window& window : windows) most = std::max(most, window.count);
  return most;
}

std::uint32_t Schedule::level_at(TimePoint now) const {
  const Duration time_of_day = now.time_since_epoch() % day;
  for (const Window& window : windows) {
    if (holds(window, time_of_day)) return window.count;
  }
  return otherwise;
}

TimePoint Schedule::next_change(TimePoint now) const {
  const Duration time_of_day = now.time_since_epoch() % day;
  TimePoint next = TimePoint::max();
  for (const Window& window : windows) {
    for (const Duration edge : {window.from, window.until}) {
      const Duration wait = edge > time_of_day ? edge - time_of_day : edge + day - time_of_day;
      next = std::min(next, now + wait);
    }
  }
  return next;
}

Result<Schedule> read_schedule(std::string_view text, std::string_view what) {
  Schedule schedule;
  if (text == "none") return schedule;
  bool is_said = false;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.find('@') == part.npos) {
      if (is_said) return no_schedule(part, what);
      const auto count = read_count(part, what, 0, count_max);
      if (!count) return std::unexpected(count.error());
      schedule.otherwise = static_cast<std::uint32_t>(*count);
      is_said = true;
      continue;
    }
    const auto window = read_window(part, what);
    if (!window) return std::unexpected(window.error());
    if (schedule.windows.size() == windows_max) return no_schedule(part, what);
    schedule.windows.push_back(*window);
  }
  return schedule;
}

}  // namespace smyth::simulate
