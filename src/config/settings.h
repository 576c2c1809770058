#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace smyth::config {

enum class Where : std::uint8_t { server, function, account, simulate };

enum class Kind : std::uint8_t {
  text,     // A string that is not empty.
  integer,  // min..max
  seconds,  // A number, min..max
  limit,    // The same, or 0 or "none": no limit.
  span,     // The same, or text such as "10m" or "1h30m".
  boolean,
  amount,  // A number, or text with a unit, which is read where it is needed.
  texts,   // A list of strings.
  env,     // A table of strings.
  level,   // A log level.
  tables,  // A table of tables.
  table,
};

// One key of the configuration: all that the parser, its hints and docs/settings.md say of it.
struct Setting {
  std::string_view name;
  Where where = Where::server;
  Kind kind = Kind::text;
  std::string_view default_value;  // As TOML; empty: there is none.
  std::string_view meaning;
  double min = 0;
  double max = 0;
  std::string_view example = {};  // As TOML, where the default is none or shows nothing.

  // A value as a user would write it.
  std::string_view sample() const { return example.empty() ? default_value : example; }
};

std::span<const Setting> settings();

// The setting of this name; it must exist.
const Setting& setting(Where where, std::string_view name);

// "integer, 0 to 65535"
std::string type_text(const Setting& setting);

// docs/settings.md, whole.
std::string settings_page();

}  // namespace smyth::config
