#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smyth::traffic {

// Gives names numbers from zero, in the order in which they are met.
class Names {
 public:
  explicit Names(std::size_t max) : max_(max) {}

  // The number of a name; nullopt if it is a new one and there are too many.
  std::optional<std::uint32_t> number(std::string_view name) {
    // Calls of one function, or environment, often follow each other.
    if (!names_.empty() && names_[last_] == name) return last_;
    auto found = numbers_.find(name);
    if (found == numbers_.end()) {
      if (names_.size() == max_) return std::nullopt;
      found = numbers_.emplace(name, static_cast<std::uint32_t>(names_.size())).first;
      names_.emplace_back(name);
    }
    return last_ = found->second;
  }

  const std::vector<std::string>& all() const { return names_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::size_t max_;
  std::uint32_t last_ = 0;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

}  // namespace smyth::traffic
