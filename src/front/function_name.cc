#include "front/function_name.h"

#include "front/ascii.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace smyth::front {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(static_cast<char>(c | 0x20)); }

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

// [a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d: "eu-central-1", "us-isob-east-1".
bool is_region(std::string_view text) {
  if (text.size() < 6 || !is_digit(text.back()) || text[text.size() - 2] != '-') return false;
  text.remove_suffix(2);
  const std::size_t dash = text.rfind('-');
  const std::string_view place = text.substr(dash + 1);
  if (dash == std::string_view::npos || place.empty() || !std::ranges::all_of(place, is_lower))
    return false;
  const std::string_view country = text.substr(0, dash);
  if (country.size() < 2 || !is_lower(country[0]) || !is_lower(country[1])) return false;
  const std::string_view kind = country.substr(2);
  return kind.empty() || kind == "-gov" || kind == "-iso" ||
         (kind.size() == 5 && kind.starts_with("-iso") && is_lower(kind.back()));
}

// (aws[a-zA-Z-]*)?
bool is_partition(std::string_view text) {
  return text.empty() ||
         (text.starts_with("aws") &&
          std::ranges::all_of(text.substr(3), [](char c) { return is_letter(c) || c == '-'; }));
}

// The text before the first colon, which must be there; `rest` becomes what follows it.
std::optional<std::string_view> take(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view piece = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return piece;
}

// --- The pattern's parts, each of which may be missing ---

bool take_arn(std::string_view& rest, FunctionName&) {
  if (take(rest) != "arn") return false;
  const auto partition = take(rest);
  return partition && is_partition(*partition) && take(rest) == "lambda";
}

bool take_region(std::string_view& rest, FunctionName& found) {
  const auto piece = take(rest);
  if (piece) found.region = *piece;
  return piece && is_region(*piece);
}

bool take_account(std::string_view& rest, FunctionName& found) {
  const auto piece = take(rest);
  if (piece) found.account = *piece;
  return piece && is_account(*piece);
}

bool take_function(std::string_view& rest, FunctionName&) { return take(rest) == "function"; }

constexpr bool (*parts[])(std::string_view& rest, FunctionName& found) = {
    take_arn, take_region, take_account, take_function};

// Like a regular expression: with the part if the rest then matches, else without it
// ("function:$LATEST" is a function called "function").
std::optional<FunctionName> match(std::string_view rest, std::size_t part,
                                  const FunctionName& found) {
  if (part < std::size(parts)) {
    std::string_view after = rest;
    FunctionName with = found;
    if (parts[part](after, with)) {
      if (auto matched = match(after, part + 1, with)) return matched;
    }
    return match(rest, part + 1, found);
  }
  FunctionName whole = found;
  if (const auto name = take(rest)) {
    whole.name = *name;
    whole.qualifier = rest;
    if (!is_qualifier(rest)) return std::nullopt;
  } else {
    whole.name = rest;
  }
  return is_name(whole.name) ? std::optional(whole) : std::nullopt;
}

}  // namespace

const std::string_view function_name_pattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
const std::string_view qualifier_pattern = R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)";

bool is_qualifier(std::string_view text) {
  if (text == "$LATEST" || text == "$LATEST.PUBLISHED") return true;
  return is_name(text) && text.find('.') == std::string_view::npos;
}

std::optional<FunctionName> parse_function_name(std::string_view text) {
  if (text.size() > 256) return std::nullopt;
  return match(text, 0, {});
}

}  // namespace smyth::front
