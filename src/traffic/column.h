#pragma once

#include "base/result.h"
#include "traffic/text_file.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smyth::traffic {

// What a column of CSV, or a member of a JSON line, says about a call.
enum class Field : std::uint8_t {
  time,
  end,
  duration,
  init,
  cold_duration,
  memory,
  function,
  environment,
  cold,
  unused,  // Known, and of no use here: what was billed, the memory that was used.
};
inline constexpr std::size_t field_count = 10;

struct Column {
  Field field;
  std::int64_t unit = 1;  // Nanoseconds, or MiB.
};

// What the name of a column means; an error if it is unknown, with what was probably meant.
Result<Column> column_of(std::string_view name, const TextFile& file, std::size_t at);

}  // namespace smyth::traffic
