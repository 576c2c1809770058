#pragma once

#include "config/reader.h"

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>

namespace smyth::config {

// Where the settings stand in a file: at top level in `smyth.toml`, else in `[tool.smyth]`.
struct Place {
  bool is_top_level;

  explicit Place(const std::filesystem::path& file)
      : is_top_level(file.filename() == "smyth.toml") {}
  std::string handlers() const { return is_top_level ? "handlers" : "tool.smyth.handlers"; }
  // For messages.
  std::string server() const {
    return is_top_level ? "the server: put it at the top" : "the server: put it in `[tool.smyth]`";
  }
  std::string function() const { return "a function: put it in `[" + handlers() + ".NAME]`"; }
  const toml::table* handlers_in(const toml::table& document) const;
};

// The document; nullopt if it is no TOML, with the mistake noted. What TOML itself refuses to read
// twice, a function above all, is named in the words of the configuration.
std::optional<toml::table> parse_toml(std::string_view text, const Place& place,
                                      Mistakes& mistakes);

}  // namespace smyth::config
