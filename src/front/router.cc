#include "front/router.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace smyth::front {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Where the UUID at the beginning of `text` ends; 0 if there is none. Each hyphen may be missing.
std::size_t uuid_end(std::string_view text) {
  std::size_t at = 0;
  for (const int group : {8, 4, 4, 4, 12}) {
    if (at > 0 && at < text.size() && text[at] == '-') ++at;
    for (int i = 0; i < group; ++i, ++at) {
      if (at >= text.size() || hex_value(text[at]) < 0) return 0;
    }
  }
  return at;
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// Whether a parameter may have this value.
bool takes(Convertor convertor, std::string_view value) {
  switch (convertor) {
    case Convertor::str:
      return !value.empty() && value.find('/') == std::string_view::npos;
    case Convertor::path:
      return true;
    case Convertor::integer:
      return is_all_digits(value);
    case Convertor::floating: {
      const std::size_t point = value.find('.');
      if (point == std::string_view::npos) return is_all_digits(value);
      return is_all_digits(value.substr(0, point)) && is_all_digits(value.substr(point + 1));
    }
    case Convertor::uuid:
      return !value.empty() && uuid_end(value) == value.size();
  }
  return false;
}

// A place in the path, or none.
using Place = std::int32_t;
constexpr Place none = -1;

// How far runs reach from each place of a path: up to the next slash, over digits.
class Runs {
 public:
  explicit Runs(std::string_view path)
      : path_(path), segment_(path.size() + 1), digits_(path.size() + 1) {
    const Place size = static_cast<Place>(path.size());
    segment_[path.size()] = digits_[path.size()] = size;
    for (std::size_t at = path.size(); at-- > 0;) {
      segment_[at] = path[at] == '/' ? static_cast<Place>(at) : segment_[at + 1];
      digits_[at] = is_digit(path[at]) ? digits_[at + 1] : static_cast<Place>(at);
    }
  }

  // The greatest end of a value that begins at `from`, among the places where what follows it
  // matches: `last[p]` is the last such place up to p.
  Place longest(Convertor convertor, std::size_t from, const Place* last) const {
    const Place begin = static_cast<Place>(from);
    switch (convertor) {
      case Convertor::str:
        return last_in(begin + 1, segment_[from], last);
      case Convertor::path:
        return last_in(begin, static_cast<Place>(path_.size()), last);
      case Convertor::integer:
        return last_in(begin + 1, digits_[from], last);
      case Convertor::floating: {
        const Place whole = digits_[from];
        const auto point = static_cast<std::size_t>(whole);
        if (whole > begin && point < path_.size() && path_[point] == '.') {
          const Place end = last_in(whole + 2, digits_[point + 1], last);
          if (end != none) return end;
        }
        return last_in(begin + 1, whole, last);
      }
      case Convertor::uuid: {
        const std::size_t length = uuid_end(path_.substr(from));
        const Place end = begin + static_cast<Place>(length);
        return length > 0 ? last_in(end, end, last) : none;
      }
    }
    return none;
  }

 private:
  static Place last_in(Place low, Place high, const Place* last) {
    if (low > high) return none;
    const Place found = last[high];
    return found >= low ? found : none;
  }

  std::string_view path_;
  std::vector<Place> segment_;
  std::vector<Place> digits_;
};

std::string route_key_of(std::string_view text, const PathSyntax& syntax) {
  std::string key = "ANY ";
  if (!text.starts_with('/')) key += '/';
  for (const PathSyntax::Param& param : syntax.params) {
    key.append(param.before).append("{").append(param.name);
    key += param.convertor == Convertor::path ? "+}" : "}";
  }
  return key + syntax.after;
}

}  // namespace

PathPattern::PathPattern(std::string_view text, PathSyntax syntax)
    : text_(text), syntax_(std::move(syntax)), route_key_(route_key_of(text_, syntax_)) {}

Result<PathPattern> PathPattern::parse(std::string_view text) {
  auto syntax = parse_path_pattern(text);
  if (!syntax) return std::unexpected(std::move(syntax.error()));
  return PathPattern(text, std::move(*syntax));
}

std::optional<PathParams> PathPattern::match(std::string_view path) const {
  const auto& params = syntax_.params;
  if (params.empty())
    return path == syntax_.after ? std::optional<PathParams>(std::in_place) : std::nullopt;
  const std::string& before = params.front().before;
  if (!path.starts_with(before)) return std::nullopt;
  const std::string_view rest = path.substr(before.size());
  if (!rest.ends_with(syntax_.after)) return std::nullopt;
  if (params.size() > 1) return match_several(path);

  const std::string_view value = rest.substr(0, rest.size() - syntax_.after.size());
  if (!takes(params.front().convertor, value)) return std::nullopt;
  std::optional<PathParams> found(std::in_place);
  found->emplace_back(params.front().name, value);
  return found;
}

// From the last parameter to the first: where can it begin, so that everything from there on
// matches? A parameter then takes the longest value that ends at such a place of the next one.
std::optional<PathParams> PathPattern::match_several(std::string_view path) const {
  const auto& params = syntax_.params;
  const std::size_t places = path.size() + 1;
  const Runs runs(path);

  // last[i * places + p]: the last place up to p from where what follows parameter i matches.
  std::vector<Place> last(params.size() * places, none);
  const std::size_t end = path.size() - syntax_.after.size();
  std::fill(last.end() - static_cast<std::ptrdiff_t>(places - end), last.end(),
            static_cast<Place>(end));
  for (std::size_t i = params.size() - 1; i > 0; --i) {
    const PathSyntax::Param& param = params[i];
    Place* const follows = &last[(i - 1) * places];
    for (std::size_t p = 0; p < places; ++p) {
      const bool matches =
          path.substr(p).starts_with(param.before) &&
          runs.longest(param.convertor, p + param.before.size(), &last[i * places]) != none;
      follows[p] = matches ? static_cast<Place>(p) : p > 0 ? follows[p - 1] : none;
    }
  }

  PathParams found;
  found.reserve(params.size());
  std::size_t from = 0;
  for (std::size_t i = 0; i < params.size(); ++i) {
    from += params[i].before.size();
    const Place to = runs.longest(params[i].convertor, from, &last[i * places]);
    if (to == none) return std::nullopt;
    found.emplace_back(params[i].name, path.substr(from, static_cast<std::size_t>(to) - from));
    from = static_cast<std::size_t>(to);
  }
  return found;
}

std::string percent_decode(std::string_view text, PlusIs plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%' && at + 2 < text.size()) {
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        at += 2;
        continue;
      }
    }
    decoded += c == '+' && plus == PlusIs::blank ? ' ' : c;
  }
  return decoded;
}

}  // namespace smyth::front
