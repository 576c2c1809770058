#include "traffic/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace smyth::traffic {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal number as digits and a power of ten.
struct Decimal {
  unsigned __int128 digits = 0;
  std::int64_t exponent = 0;
};

// Takes digits from the front of `text`; how many there were.
std::size_t take_digits(std::string_view& text, Decimal& number, bool is_fraction) {
  // 25 digits times any unit fit into 128 bits; what follows is far below a nanosecond.
  constexpr unsigned __int128 full =
      static_cast<unsigned __int128>(1'000'000'000'000) * 1'000'000'000'000;
  std::size_t taken = 0;
  for (; taken < text.size() && is_digit(text[taken]); ++taken) {
    if (number.digits < full) {
      number.digits = number.digits * 10 + static_cast<unsigned>(text[taken] - '0');
      if (is_fraction) --number.exponent;
    } else if (!is_fraction) {
      ++number.exponent;
    }
  }
  text.remove_prefix(taken);
  return taken;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  std::size_t digits = take_digits(text, number, false);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text, number, true);
  }
  if (digits == 0) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || exponent > 1'000 || exponent < -1'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    number.exponent += exponent;
  }
  if (!text.empty()) return std::nullopt;
  return number;
}

// A whole number of so many digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits), is_digit)) {
    return std::nullopt;
  }
  int number = 0;
  for (const char c : text.substr(0, digits)) number = number * 10 + (c - '0');
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// `:05` or `05` for seconds and the like.
std::optional<int> take_part(std::string_view& text, std::string_view separators, int max) {
  if (!take(text, separators)) return std::nullopt;
  const std::optional<int> part = take_number(text, 2);
  return part && *part <= max ? part : std::nullopt;
}

Duration take_fraction(std::string_view& text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return {};
  text.remove_prefix(1);
  std::int64_t nanoseconds = 0;
  std::int64_t weight = 100'000'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), weight /= 10) {
    nanoseconds += (text.front() - '0') * weight;
  }
  return Duration(nanoseconds);
}

// What a clock with this offset is ahead of UTC; nullopt if it begins as one and is none.
std::optional<Duration> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return Duration{0};
  const bool is_behind = text.starts_with('-');
  if (!take(text, "+-")) return Duration{0};
  const std::optional<int> hours = take_number(text, 2);
  take(text, ":");
  const std::optional<int> minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Duration ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_behind ? -ahead : ahead;
}

}  // namespace

std::expected<std::int64_t, NumberFault> scaled(std::string_view text, std::int64_t unit,
                                                std::int64_t max) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const std::optional<Decimal> number = parse_decimal(text);
  if (!number) return std::unexpected(NumberFault::not_a_number);
  if (number->digits == 0) return 0;
  if (is_negative) return std::unexpected(NumberFault::negative);
  unsigned __int128 value = number->digits * static_cast<std::uint64_t>(unit);
  const auto limit = static_cast<unsigned __int128>(max);
  std::int64_t exponent = number->exponent;
  for (; exponent > 0 && value <= limit; --exponent) value *= 10;
  // Rounded once, at the last digit; the ones before are cut off.
  for (; exponent < -1 && value > 0; ++exponent) value /= 10;
  if (exponent == -1) value = (value + 5) / 10;
  if (value > limit) return std::unexpected(NumberFault::too_large);
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> unit_of_time(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> units = {{
      {"ns", 1},
      {"us", 1'000},
      {"ms", 1'000'000},
      {"s", 1'000'000'000},
      {"min", 60'000'000'000},
      {"h", 3'600'000'000'000},
  }};
  for (const auto& [known, nanoseconds] : units) {
    if (known == name) return nanoseconds;
  }
  return std::nullopt;
}

std::optional<Date> date_at_start(std::string_view text) {
  const std::size_t size = text.size();
  const std::optional<int> year = take_number(text, 4);
  if (!year || *year < 1970 || *year > 2200) return std::nullopt;
  const std::optional<int> month = take_part(text, "-/", 12);
  const std::optional<int> day = month ? take_part(text, "-/", 31) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const std::optional<int> hour = date.ok() ? take_part(text, "T ", 23) : std::nullopt;
  const std::optional<int> minute = hour ? take_part(text, ":", 59) : std::nullopt;
  if (!minute) return std::nullopt;
  Duration moment = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                    std::chrono::minutes(*minute);
  if (text.starts_with(':')) {
    const std::optional<int> second = take_part(text, ":", 60);  // 60: a leap second.
    if (!second) return std::nullopt;
    moment += std::chrono::seconds(*second) + take_fraction(text);
  }
  const std::optional<Duration> ahead = take_offset(text);
  if (!ahead) return std::nullopt;
  return Date{.since_1970 = moment - *ahead, .length = size - text.size()};
}

}  // namespace smyth::traffic
