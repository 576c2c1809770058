#include "config/diff.h"

#include <algorithm>

namespace smyth::config {
namespace {

const Function* find(const Config& config, std::string_view name) {
  const auto found = std::ranges::find(config.functions, name, &Function::name);
  return found == config.functions.end() ? nullptr : &*found;
}

}  // namespace

Difference diff(const Config& old_config, const Config& new_config) {
  Difference difference;
  for (const Function& function : new_config.functions) {
    const Function* old = find(old_config, function.name);
    if (!old) {
      difference.added.push_back(function.name);
    } else if (*old != function) {
      difference.changed.push_back(function.name);
    }
  }
  for (const Function& function : old_config.functions) {
    if (!find(new_config, function.name)) difference.removed.push_back(function.name);
  }
  const auto compare = [&](std::string_view name, auto member) {
    if (old_config.*member != new_config.*member) difference.server.push_back(name);
  };
  compare("host", &Config::host);
  compare("port", &Config::port);
  compare("log_level", &Config::log_level);
  compare("smyth_path_prefix", &Config::prefix);
  compare("env_file", &Config::env_file);
  compare("python", &Config::python);
  compare("allowed_hosts", &Config::allowed_hosts);
  compare("allowed_origins", &Config::allowed_origins);
  compare("lambda_endpoint", &Config::lambda_endpoint);
  compare("shutdown_grace", &Config::shutdown_grace);
  compare("reload", &Config::reload);
  return difference;
}

}  // namespace smyth::config
