#pragma once

#include <span>
#include <string_view>

namespace smyth {

// The candidate that `word` was probably meant to be: the one with the fewest typing mistakes
// between them (letters missing, added, exchanged or swapped; case does not count). Empty if none
// is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace smyth
