#include "traffic/row.h"

#include "traffic/number.h"

#include <fmt/format.h>

#include <utility>

namespace smyth::traffic {
namespace {

std::unexpected<Error> wrong_number(const TextFile& file, NumberFault fault, std::string_view text,
                                    std::size_t at) {
  switch (fault) {
    case NumberFault::not_a_number:
      return file.malformed(at, fmt::format("`{}` is no number", shown(text)));
    case NumberFault::negative:
      return file.malformed(at, fmt::format("`{}` is negative", shown(text)));
    case NumberFault::too_large:
      break;
  }
  return file.malformed(at, fmt::format("`{}` is too large", shown(text)),
                        "a column's name may say its unit: `duration_ms`, `time_us`");
}

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

}  // namespace

Result<void> RowReader::set(const TextFile& file, const Column& column, std::string_view text,
                            std::size_t at) {
  const bool is_optional = column.field != Field::time;
  if (is_optional && text.empty()) return {};
  const auto set_length = [&](Duration& into) -> Result<void> {
    const auto read = length(file, column.unit, text, at, length_max);
    if (!read) return std::unexpected(read.error());
    into = *read;
    return {};
  };
  switch (column.field) {
    case Field::time:
    case Field::end:
      return set_time(file, column.field, column.unit, text, at);
    case Field::duration:
      return set_length(call_.duration);
    case Field::init:
      return set_length(call_.init);
    case Field::cold_duration:
      return set_length(call_.cold_duration);
    case Field::memory:
      return set_memory(file, column.unit, text, at);
    case Field::function: {
      const auto number = functions_.number(text);
      if (!number) return file.malformed(at, "there are more than 1,000,000 functions");
      call_.function = *number;
      return {};
    }
    case Field::environment: {
      const auto number = environments_.number(text);
      if (!number) return file.malformed(at, "there are more than 100,000,000 environments");
      call_.environment = *number;
      return {};
    }
    case Field::cold:
      return set_cold(file, text, at);
    case Field::unused:
      return {};
  }
  return {};
}

Result<Duration> RowReader::length(const TextFile& file, std::int64_t unit, std::string_view text,
                                   std::size_t at, Duration max) const {
  const auto read = scaled(text, unit, max.count());
  if (!read) return wrong_number(file, read.error(), text, at);
  return Duration(*read);
}

Result<void> RowReader::set_time(const TextFile& file, Field field, std::int64_t unit,
                                 std::string_view text, std::size_t at) {
  if (text.empty()) return file.malformed(at, "there is no time");
  const bool is_date = text.find(':') != std::string_view::npos;
  if (has_dates_.value_or(is_date) != is_date) {
    return file.malformed(at, "some times are dates and some are not");
  }
  has_dates_ = is_date;
  std::optional<Duration> moment;
  if (is_date) {
    const std::optional<Date> date = date_at_start(text);
    if (!date || date->length != text.size()) {
      return file.malformed(at, fmt::format("`{}` is no date", shown(text)),
                            "dates are as 2026-01-31T23:59:59.123Z");
    }
    moment = date->since_1970;
  } else {
    const auto read = length(file, unit, text, at, time_max);
    if (!read) return std::unexpected(read.error());
    moment = *read;
  }
  (field == Field::time ? time_ : end_) = moment;
  (field == Field::time ? time_at_ : end_at_) = at;
  return {};
}

Result<void> RowReader::set_memory(const TextFile& file, std::int64_t unit, std::string_view text,
                                   std::size_t at) {
  const auto read = scaled(text, unit, memory_mib_max);
  if (!read) return wrong_number(file, read.error(), text, at);
  if (*read == 0) return file.malformed(at, fmt::format("`{}` is too little memory", shown(text)));
  call_.memory_mib = static_cast<std::uint32_t>(*read);
  return {};
}

Result<void> RowReader::set_cold(const TextFile& file, std::string_view text, std::size_t at) {
  if (text == "1" || text == "true" || text == "True") {
    call_.start = Start::cold;
  } else if (text == "0" || text == "false" || text == "False") {
    call_.start = Start::warm;
  } else {
    return file.malformed(at, fmt::format("`{}` is neither 0 nor 1", shown(text)));
  }
  return {};
}

Result<Call> RowReader::finish(const TextFile& file) {
  if (!time_) return file.malformed(1, "there is no time");
  if (!origin_) {
    // Lengths count from the file's zero; dates, also as numbers, from the first call.
    const bool counts_from_zero = !has_dates_.value_or(false) && *time_ <= length_max;
    origin_ = counts_from_zero ? Duration{0} : *time_;
    latest_ = TimePoint(*time_ - *origin_);
  }
  call_.at = TimePoint(*time_ - *origin_);
  if (call_.at < latest_) {
    return file.malformed(time_at_,
                          fmt::format("time goes backwards by {:g} s", seconds(latest_ - call_.at)),
                          "calls come in order of time: sort the file by it");
  }
  if (end_) {
    if (*end_ < *time_) return file.malformed(end_at_, "a call ends before it begins");
    const Duration taken = *end_ - *time_;
    if (taken > length_max) return file.malformed(end_at_, "a call takes longer than a year");
    (call_.start == Start::cold ? call_.cold_duration : call_.duration) = taken;
  }
  latest_ = call_.at;
  const Call call = call_;
  call_ = Call{};
  time_ = end_ = std::nullopt;
  return call;
}

}  // namespace smyth::traffic
