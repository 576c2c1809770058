#include "base/path_pattern.h"

#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace smyth {
namespace {

constexpr std::array<std::string_view, 5> convertor_words = {"str", "path", "int", "float", "uuid"};

std::optional<Convertor> convertor_of(std::string_view word) {
  const auto found = std::ranges::find(convertor_words, word);
  if (found == convertor_words.end()) return std::nullopt;
  return static_cast<Convertor>(found - convertor_words.begin());
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// The hint for text between braces that is no parameter: what it was probably meant to be.
std::string param_hint(std::string_view inside) {
  std::string name;
  for (const char c : inside.substr(0, inside.find_first_of(":+*"))) {
    if (is_name(name + c)) name += c;
  }
  if (inside.ends_with('+')) {
    return fmt::format("write `{{{}:path}}` for the rest of a path", name.empty() ? "path" : name);
  }
  return "a parameter is `{name}` or `{name:convertor}`, the name made of letters, digits and `_`";
}

Result<PathSyntax::Param> parse_param(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  const std::string_view name = inside.substr(0, colon);
  if (!is_name(name))
    return misuse(fmt::format("`{{{}}}` is no parameter", inside), param_hint(inside));
  if (colon == std::string_view::npos)
    return PathSyntax::Param{{}, std::string(name), Convertor::str};

  const std::string_view word = inside.substr(colon + 1);
  if (!is_name(word))
    return misuse(fmt::format("`{{{}}}` is no parameter", inside), param_hint(inside));
  if (const auto convertor = convertor_of(word)) {
    return PathSyntax::Param{{}, std::string(name), *convertor};
  }
  const std::string_view near = nearest(word, convertor_words);
  return misuse(fmt::format("unknown convertor `{}` of parameter `{}`", word, name),
                near.empty() ? "use `str`, `path`, `int`, `float` or `uuid`"
                             : fmt::format("did you mean `{}`?", near));
}

}  // namespace

bool PathSyntax::matches_like(const PathSyntax& other) const {
  return after == other.after &&
         std::ranges::equal(params, other.params, [](const Param& a, const Param& b) {
           return a.before == b.before && a.convertor == b.convertor;
         });
}

Result<PathSyntax> parse_path_pattern(std::string_view text) {
  PathSyntax syntax;
  for (std::size_t at = 0;;) {
    const std::size_t open = std::min(text.find_first_of("{}", at), text.size());
    std::string literal(text.substr(at, open - at));
    if (open == text.size()) {
      syntax.after = std::move(literal);
      return syntax;
    }
    if (text[open] == '}') {
      return misuse("a `}` closes no parameter", "a parameter is `{name}` or `{name:convertor}`");
    }
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return misuse(fmt::format("`{}` is not closed", text.substr(open)), "add the missing `}`");
    }
    auto param = parse_param(text.substr(open + 1, close - open - 1));
    if (!param) return std::unexpected(std::move(param.error()));
    const bool is_known = std::ranges::any_of(
        syntax.params, [&](const PathSyntax::Param& known) { return known.name == param->name; });
    if (is_known) {
      return misuse(fmt::format("parameter `{}` appears twice", param->name),
                    "give each parameter a name of its own");
    }
    param->before = std::move(literal);
    syntax.params.push_back(std::move(*param));
    at = close + 1;
  }
}

}  // namespace smyth
