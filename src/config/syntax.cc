#include "config/syntax.h"

#include <fmt/format.h>

namespace smyth::config {
namespace {

constexpr std::string_view redefinition = "cannot redefine existing ";

std::string_view between_quotes(std::string_view text) {
  const std::size_t open = text.find('\'');
  const std::size_t close = text.rfind('\'');
  return open < close ? text.substr(open + 1, close - open - 1) : std::string_view{};
}

// What stands before a line, which is TOML up to there; empty if it is not.
toml::table before(std::string_view text, unsigned line) {
  std::size_t end = 0;
  for (unsigned at = 1; at < line && end < text.size(); ++at) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  try {
    return toml::parse(text.substr(0, end));
  } catch (const toml::parse_error&) {
    return {};
  }
}

void note_redefinition(std::string_view description, std::string_view text, unsigned line,
                       const Place& place, Mistakes& mistakes) {
  std::string_view name = between_quotes(description);
  const std::string prefix = place.handlers() + ".";
  const toml::table earlier = before(text, line);
  const toml::table* handlers = place.handlers_in(earlier);
  std::string_view function = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  if (function.size() > 2 && function.starts_with('"'))
    function = function.substr(1, function.size() - 2);
  const bool is_table = description.find("existing table") != std::string_view::npos;
  if (is_table && handlers && handlers->contains(function)) {
    return mistakes.add(line, fmt::format("two functions are named `{}`", function),
                        fmt::format("the first is in line {}: give one of them another name",
                                    handlers->find(function)->first.source().begin.line));
  }
  mistakes.add(
      line,
      name.empty() ? std::string("a key is set twice") : fmt::format("`{}` is set twice", name),
      "keep one of the two");
}

}  // namespace

const toml::table* Place::handlers_in(const toml::table& document) const {
  const auto found = is_top_level ? document["handlers"] : document["tool"]["smyth"]["handlers"];
  return found.as_table();
}

std::optional<toml::table> parse_toml(std::string_view text, const Place& place,
                                      Mistakes& mistakes) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const std::string_view description = error.description();
    const unsigned line = error.source().begin.line;
    const std::size_t at = description.find(redefinition);
    if (at != std::string_view::npos) {
      note_redefinition(description.substr(at), text, line, place, mistakes);
    } else {
      // "Error while parsing X: what" says more than a user needs.
      const std::size_t what =
          description.starts_with("Error while") ? description.find(": ") : std::string_view::npos;
      mistakes.add(
          line,
          fmt::format("not TOML: {}",
                      what == std::string_view::npos ? description : description.substr(what + 2)),
          "mend this line; what follows is checked then");
    }
    return std::nullopt;
  }
}

}  // namespace smyth::config
