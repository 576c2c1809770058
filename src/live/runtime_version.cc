#include "live/runtime_version.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::live {
namespace {

// "python3.12", "nodejs22.x", "provided.al2023" as language and version.
std::string split(std::string_view name) {
  if (name.ends_with(".x")) name.remove_suffix(2);
  if (name.starts_with("provided.")) return fmt::format("provided:{}.v1", name.substr(9));
  const std::size_t digit = std::min(name.find_first_of("0123456789"), name.size());
  return fmt::format("{}:{}.v1", name.substr(0, digit), name.substr(digit));
}

}  // namespace

std::string runtime_version(const config::Function& function, const std::filesystem::path& python) {
  if (!config::is_python(function)) {
    return split(function.runtime.empty() ? "provided.al2023" : function.runtime);
  }
  const std::string program = python.filename().string();
  if (program.starts_with("python3.")) return split(program);
  return split(function.runtime.empty() ? "python3" : function.runtime);
}

std::string runtime_version_arn(std::string_view region) {
  return fmt::format("arn:aws:lambda:{}::runtime:{:064}", region, 0);
}

}  // namespace smyth::live
