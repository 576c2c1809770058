#include "front/function_name.h"

#include <algorithm>
#include <cstddef>

namespace smyth::front {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
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

// [a-z]{2}(-gov|-iso…)?-[a-z]+-\d, as "eu-central-1" or "us-gov-west-1".
bool is_region(std::string_view text) {
  if (text.size() < 6 || !is_digit(text.back()) || text[text.size() - 2] != '-') return false;
  text.remove_suffix(2);
  return is_lower(text[0]) && is_lower(text[1]) && text[2] == '-' && is_lower(text.back()) &&
         text.find("--") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || c == '-'; });
}

// aws, aws-cn, aws-us-gov, …
bool is_partition(std::string_view text) {
  return text.starts_with("aws") &&
         std::ranges::all_of(text.substr(3), [](char c) { return is_letter(c) || c == '-'; });
}

// The text before the first colon; `rest` becomes what follows it.
std::string_view take(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  const std::string_view piece = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return piece;
}

std::string_view first(std::string_view rest) { return take(rest); }

bool has_colon(std::string_view text) { return text.find(':') != std::string_view::npos; }

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
  FunctionName found;
  std::string_view rest = text;
  if (rest.starts_with("arn:")) {
    take(rest);
    if (!is_partition(take(rest)) || take(rest) != "lambda") return std::nullopt;
  }
  // Each of these is a prefix only if something follows it; the last piece is a name.
  if (has_colon(rest) && is_region(first(rest))) found.region = take(rest);
  if (has_colon(rest) && is_account(first(rest))) found.account = take(rest);
  if (has_colon(rest) && first(rest) == "function") take(rest);
  const bool is_qualified = has_colon(rest);
  found.name = take(rest);
  found.qualifier = rest;
  if (!is_name(found.name) || (is_qualified && !is_qualifier(found.qualifier))) return std::nullopt;
  return found;
}

}  // namespace smyth::front
