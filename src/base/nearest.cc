#include "base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace smyth {
namespace {

// Nobody mistypes a longer word; the work is quadratic in the length.
constexpr std::size_t word_bytes_max = 100;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edit distance in which a swap of two neighbours is one mistake.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (is_same ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// "warn" for "WARNING": as near as two mistakes.
constexpr std::size_t abbreviation_distance = 2;

bool is_abbreviation(std::string_view word, std::string_view candidate) {
  return word.size() >= 3 && word.size() < candidate.size() &&
         std::ranges::equal(word, candidate.substr(0, word.size()), {}, lower, lower);
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > word_bytes_max) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    std::size_t d = distance(word, candidate);
    if (is_abbreviation(word, candidate)) d = std::min(d, abbreviation_distance);
    // A word that shares no letter with the candidate was not meant to be it.
    if (d < best_distance && d < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace smyth
