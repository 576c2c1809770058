#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

// Numbers and dates of files, exactly as they are written: no floating point, and the same with
// every compiler and language setting.
namespace smyth::traffic {

// What is wrong with a number.
enum class NumberFault : std::uint8_t { not_a_number, negative, too_large };

// A decimal number (12, 0.25, 1e-3) times `unit`, rounded to the nearest whole.
std::expected<std::int64_t, NumberFault> scaled(std::string_view text, std::int64_t unit,
                                                std::int64_t max);

// The unit of lengths of time that a name such as `ms` stands for, in nanoseconds; nullopt if it
// is none.
std::optional<std::int64_t> unit_of_time(std::string_view name);
inline constexpr const char* units_of_time = "units of time are ns, us, ms, s, min and h";

// A moment, counted from 1970, and how many characters it took.
struct Date {
  Duration since_1970;
  std::size_t length;
};

// The date that `text` begins with: 2026-01-31T23:59:59.123Z, with a space for the T, with
// +02:00 or +0200 for the Z, without any of it (then it is UTC), with any part of a second.
std::optional<Date> date_at_start(std::string_view text);

}  // namespace smyth::traffic
