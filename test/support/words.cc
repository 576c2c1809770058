#include "test/support/words.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace smyth::test {
namespace {

template <class Enum, std::size_t size>
std::string_view of(const std::array<std::string_view, size>& words, Enum value) {
  return words.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view word(core::InputKind kind) {
  static constexpr std::array<std::string_view, 19> words{
      "configure",      "remove",        "account",   "arrive", "abandon",
      "chosen",         "choice_failed", "ready",     "failed", "prepared",
      "prepare_failed", "answered",      "completed", "exited", "paused",
      "resumed",        "code_changed",  "shutdown",  "tick"};
  return of(words, kind);
}

std::string_view word(core::ActionKind kind) {
  static constexpr std::array<std::string_view, 7> words{"choose", "start", "prepare", "deliver",
                                                         "kill",   "stop",  "answer"};
  return of(words, kind);
}

std::string_view word(core::Start why) {
  static constexpr std::array<std::string_view, 5> words{"cold", "reset", "init_again", "candidate",
                                                         "provisioned"};
  return of(words, why);
}

std::string_view word(core::Verdict verdict) {
  static constexpr std::array<std::string_view, 11> words{
      "success",      "error",       "timeout",  "crash",     "init_error", "init_crash",
      "spawn_failed", "hook_failed", "throttle", "abandoned", "shutdown"};
  return of(words, verdict);
}

std::string_view word(core::Reason reason) {
  static constexpr std::array<std::string_view, 10> words{"",
                                                          "slots",
                                                          "queue_full",
                                                          "queue_wait",
                                                          "reserved_concurrency",
                                                          "account_concurrency",
                                                          "reserved_scaling",
                                                          "account_scaling",
                                                          "reserved_rate",
                                                          "account_rate"};
  return of(words, reason);
}

std::optional<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    double nanoseconds;
  };
  static constexpr std::array<Unit, 5> units{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}}};
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.suffix)) continue;
    const std::string_view number = text.substr(0, text.size() - unit.suffix.size());
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || end != number.data() + number.size()) continue;
    return Duration(static_cast<Duration::rep>(value * unit.nanoseconds + 0.5));
  }
  return std::nullopt;
}

std::string written(Duration length) {
  const Duration::rep nanoseconds = length.count();
  if (nanoseconds != 0 && nanoseconds % 1'000'000'000 == 0) {
    return fmt::format("{}s", nanoseconds / 1'000'000'000);
  }
  if (nanoseconds % 1'000'000 == 0) return fmt::format("{}ms", nanoseconds / 1'000'000);
  std::string text = fmt::format("{}.{:06}", nanoseconds / 1'000'000, nanoseconds % 1'000'000);
  while (text.ends_with('0')) text.pop_back();
  return text + "ms";
}

}  // namespace smyth::test
