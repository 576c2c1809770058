#include "config/syntax.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::config {
namespace {

constexpr std::size_t key_dots_max = 1'000;

// The line of a key of more parts than anybody writes, 0 if there is none: the parser makes a table
// in a table of each part, and the stack ends before they do.
unsigned line_of_endless_key(std::string_view text) {
  constexpr std::string_view between = "=,[]{}#";
  unsigned line = 1;
  std::size_t dots = 0;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (c == '\n' || between.find(c) != std::string_view::npos) dots = 0;
    if (c == '.' && ++dots > key_dots_max) return line;
  }
  return 0;
}

// The document, or an empty one if it is no TOML.
toml::table parse_or_empty(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error&) {
    return {};
  }
}

// Where the line begins; the end of the text if there are not so many.
std::size_t line_begin(std::string_view text, unsigned line) {
  std::size_t begin = 0;
  for (unsigned at = 1; at < line && begin < text.size(); ++at) {
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  }
  return begin;
}

// TOML has none but tabs and line ends; the parser's own checks end the program at some.
std::size_t control_character(std::string_view text) {
  const auto is_one = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
           c == 0x7f;
  };
  const auto found = std::ranges::find_if(text, is_one);
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

unsigned line_of(std::string_view text, std::size_t at) {
  return static_cast<unsigned>(1 + std::ranges::count(text.substr(0, at), '\n'));
}

// What a line defines: "tool.smyth" in `[tool.smyth]`, "port" in `port = 80`.
std::string_view defined(std::string_view line) {
  constexpr std::string_view around = " \t\r[]";
  line = line.substr(0, line.find_first_of("=#"));
  const std::size_t first = line.find_first_not_of(around);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(around) - first + 1);
}

void note_redefinition(std::string_view text, unsigned line, const Place& place,
                       Mistakes& mistakes) {
  const std::size_t begin = line_begin(text, line);
  const std::string_view again = text.substr(begin, text.find('\n', begin) - begin);
  const toml::table earlier_table = parse_or_empty(text.substr(0, begin));
  const toml::table again_table = parse_or_empty(again);
  const toml::table* earlier = place.handlers_in(earlier_table);
  const toml::table* second = place.handlers_in(again_table);
  if (earlier && second && second->size() == 1) {
    const auto only = second->begin();  // What it points at lives in it.
    const auto& [name, node] = *only;
    const auto first = earlier->find(name.str());
    const bool is_header = node.is_table() && node.as_table()->empty();
    if (is_header && first != earlier->end()) {
      mistakes.add(line, fmt::format("two functions are named `{}`", name.str()),
                   fmt::format("the first is in line {}: give one of them another name",
                               first->first.source().begin.line));
      return;
    }
  }
  mistakes.add(line, fmt::format("`{}` is set twice", defined(again)), "keep one of the two");
}

}  // namespace

const toml::table* Place::handlers_in(const toml::table& document) const {
  const auto found = is_top_level ? document["handlers"] : document["tool"]["smyth"]["handlers"];
  return found.as_table();
}

std::optional<toml::table> parse_toml(std::string_view text, const Place& place,
                                      Mistakes& mistakes) {
  if (const unsigned line = line_of_endless_key(text)) {
    mistakes.add(line, fmt::format("more than {} dots in one key", key_dots_max),
                 "mend this line; what follows is checked then");
    return std::nullopt;
  }
  if (const std::size_t at = control_character(text); at != std::string_view::npos) {
    mistakes.add(line_of(text, at),
                 fmt::format("a control character (0x{:02x}) is no TOML",
                             static_cast<unsigned char>(text[at])),
                 "remove it; what else there is, is checked then");
    return std::nullopt;
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const std::string_view description = error.description();
    const unsigned line = error.source().begin.line;
    if (description.find("cannot redefine") != std::string_view::npos) {
      note_redefinition(text, line, place, mistakes);
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
