#include "simulate/ranges.h"

#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace smyth::simulate {
namespace {

constexpr std::uint64_t values_max = 10'000;
constexpr std::uint64_t number_max = 10'000'000;

std::unexpected<Error> too_many(std::string_view text, std::string_view what) {
  return misuse(fmt::format("`{}` for {} is more than {} values", text, what, values_max),
                "take longer steps: `20..200/20`");
}

// "20..200/20"
Result<std::vector<std::string>> read_range(std::string_view text, std::string_view what) {
  const std::size_t dots = text.find("..");
  const std::size_t slash = std::min(text.find('/', dots), text.size());
  const auto first = read_count(text.substr(0, dots), what, 0, number_max);
  if (!first) return std::unexpected(first.error());
  const auto last = read_count(text.substr(dots + 2, slash - dots - 2), what, 0, number_max);
  if (!last) return std::unexpected(last.error());
  const std::string_view step_text = slash < text.size() ? text.substr(slash + 1) : "1";
  const auto step = read_count(step_text, what, 1, number_max);
  if (!step) return std::unexpected(step.error());
  if (*first > *last) {
    return misuse(fmt::format("`{}` for {} goes backwards", text, what),
                  fmt::format("write `{}..{}/{}`", *last, *first, *step));
  }
  if ((*last - *first) / *step >= values_max) return too_many(text, what);
  std::vector<std::string> values;
  for (std::uint64_t value = *first; value <= *last; value += *step) {
    values.push_back(std::to_string(value));
  }
  return values;
}

}  // namespace

bool is_list(std::string_view text) {
  const bool is_one = text.find_first_of("=@") != text.npos;
  return !is_one && (text.find(',') != text.npos || text.find("..") != text.npos);
}

Result<std::vector<std::string>> read_list(std::string_view text, std::string_view what) {
  std::vector<std::string> values;
  std::string_view rest = text;
  for (bool is_more = true; is_more;) {
    const std::string_view part = rest.substr(0, rest.find(','));
    is_more = part.size() < rest.size();
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.empty()) {
      return misuse(fmt::format("`{}` for {} has an empty value", text, what),
                    "write `1,5,10`, or `20..200/20`");
    }
    if (part.find("..") == part.npos) {
      values.emplace_back(part);
    } else {
      auto range = read_range(part, what);
      if (!range) return range;
      values.insert(values.end(), range->begin(), range->end());
    }
    if (values.size() > values_max) return too_many(text, what);
  }
  return values;
}

}  // namespace smyth::simulate
