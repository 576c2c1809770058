#include "config/config.h"

#include "config/read_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <system_error>

namespace smyth::config {
namespace {

constexpr std::string_view own_name = "smyth.toml";
constexpr std::string_view project_name = "pyproject.toml";

// Whether a `pyproject.toml` is meant for us. One that is broken counts if it seems to be: its
// mistakes are then reported, and not those of a folder above.
bool has_our_table(const std::filesystem::path& file) {
  const auto text = read_file(file, "the configuration");
  if (!text) return false;
  try {
    return static_cast<bool>(toml::parse(*text)["tool"]["smyth"]);
  } catch (const toml::parse_error&) {
    return text->find("[tool.smyth") != std::string::npos;
  }
}

}  // namespace

Result<std::filesystem::path> find(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path start = std::filesystem::absolute(folder, error).lexically_normal();
  for (std::filesystem::path at = start;; at = at.parent_path()) {
    if (std::filesystem::is_regular_file(at / own_name, error)) return at / own_name;
    std::filesystem::path project = at / project_name;
    if (std::filesystem::is_regular_file(project, error) && has_our_table(project)) return project;
    if (at == at.parent_path()) break;
  }
  return misuse(
      fmt::format(
          "no configuration: neither `smyth.toml` nor a `pyproject.toml` with `[tool.smyth]` in "
          "`{}` or a folder above",
          start.string()),
      "add `[tool.smyth.handlers.NAME]` with `handler_path` to `pyproject.toml`, or name a file "
      "with "
      "`--config`");
}

}  // namespace smyth::config
