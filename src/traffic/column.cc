#include "traffic/column.h"

#include "base/nearest.h"
#include "traffic/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace smyth::traffic {
namespace {

constexpr std::array<std::pair<std::string_view, Field>, 14> fields = {{
    {"time", Field::time},
    {"start", Field::time},
    {"timestamp", Field::time},
    {"end", Field::end},
    {"duration", Field::duration},
    {"init", Field::init},
    {"cold_duration", Field::cold_duration},
    {"memory", Field::memory},
    {"function", Field::function},
    {"environment", Field::environment},
    {"cold", Field::cold},
    {"billed", Field::unused},
    {"billed_duration", Field::unused},
    {"max_memory", Field::unused},
}};

enum class Unit : std::uint8_t { none, time, memory };

Unit unit_of(std::string_view name, Field field) {
  if (name == "max_memory") return Unit::memory;
  if (field == Field::memory) return Unit::memory;
  const bool is_text =
      field == Field::function || field == Field::environment || field == Field::cold;
  return is_text ? Unit::none : Unit::time;
}

// AWS's MB are MiB.
std::optional<std::int64_t> unit_of_memory(std::string_view name) {
  if (name == "mb" || name == "mib") return 1;
  if (name == "gb" || name == "gib") return 1'024;
  return std::nullopt;
}

std::optional<Field> field_of(std::string_view name) {
  for (const auto& [known, field] : fields) {
    if (known == name) return field;
  }
  return std::nullopt;
}

}  // namespace

Result<Column> column_of(std::string_view name, const TextFile& file, std::size_t at) {
  if (const std::optional<Field> field = field_of(name)) {
    return Column{*field, unit_of(name, *field) == Unit::time ? 1'000'000'000 : 1};
  }
  const std::size_t cut = name.rfind('_');
  const std::string_view base = name.substr(0, cut);
  const std::string_view suffix = cut == std::string_view::npos ? "" : name.substr(cut + 1);
  const std::optional<Field> field = suffix.empty() ? std::nullopt : field_of(base);
  const Unit kind = field ? unit_of(base, *field) : Unit::none;
  if (kind != Unit::none) {
    const std::optional<std::int64_t> unit =
        kind == Unit::time ? unit_of_time(suffix) : unit_of_memory(suffix);
    if (field && unit) return Column{*field, *unit};
    return file.malformed(at, fmt::format("unknown unit `{}` of `{}`", shown(suffix), base),
                          kind == Unit::time ? units_of_time : "units of memory are mb and gb");
  }
  std::array<std::string_view, fields.size()> names;
  std::ranges::transform(fields, names.begin(), [](const auto& known) { return known.first; });
  const std::string_view near = nearest(base, names);
  return file.malformed(at, fmt::format("unknown column `{}`", shown(name)),
                        near.empty() ? "the columns are time, end, function, duration, init, "
                                       "cold_duration, memory, environment and cold"
                                     : fmt::format("did you mean `{}`?", near));
}

}  // namespace smyth::traffic
