#pragma once

#include "config/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {

// What a changed configuration changes, and so what a running server has to do anew.
struct Difference {
  std::vector<std::string> added;        // Names of functions, in the order of the new file.
  std::vector<std::string> removed;      // In the order of the old one.
  std::vector<std::string> changed;      // Any setting of the function, the server's `env` in it.
  std::vector<std::string_view> server;  // Names of the server's settings.

  bool operator==(const Difference&) const = default;
};

Difference diff(const Config& old_config, const Config& new_config);

}  // namespace smyth::config
