#include "cli/project.h"

#include "base/nearest.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

namespace smyth::cli {

int report(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return error.code == ErrorCode::misused ? exit_misused : exit_failed;
}

std::expected<config::Config, int> load_config(const std::string& named) {
  std::error_code ignored;
  std::filesystem::path file;
  if (named.empty()) {
    const auto found = config::find(std::filesystem::current_path(ignored));
    if (!found) return std::unexpected(report(found.error()));
    file = *found;
  } else {
    file = std::filesystem::absolute(named, ignored).lexically_normal();
  }
  auto config = config::load(file);
  if (config) return std::move(*config);
  for (const config::Mistake& mistake : config.error()) {
    fmt::print(stderr, "{}", config::describe(mistake));
  }
  return std::unexpected(exit_misused);
}

Result<void> check_function(const config::Config& config, const std::string& name) {
  std::vector<std::string_view> names;
  for (const config::Function& function : config.functions) {
    if (function.name == name) return {};
    names.emplace_back(function.name);
  }
  const std::string_view near = nearest(name, names);
  std::string hint = near.empty() ? std::string{} : fmt::format("did you mean `{}`?", near);
  if (hint.empty() && !names.empty()) {
    hint = "configured are ";
    for (std::size_t index = 0; index < names.size(); ++index) {
      hint += fmt::format("{}`{}`", index == 0 ? "" : ", ", names[index]);
    }
  }
  return misuse(fmt::format("unknown function `{}` ({})", name, config.file.string()),
                std::move(hint));
}

}  // namespace smyth::cli
