#pragma once

#include <cstddef>
#include <vector>

namespace smyth::sim {

// The value at an index of the scheduler's: the values grow as its records do.
template <class T>
T& at_index(std::vector<T>& values, std::size_t index) {
  if (values.size() <= index) [[unlikely]] {
    values.resize(index + 1);
  }
  return values[index];
}

}  // namespace smyth::sim
