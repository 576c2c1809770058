#include "runtime/pyenv.h"

#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view system_version = "system";

// The words of a version file: one version a word, `#` begins a comment.
std::vector<std::string> read_versions(const fs::path& file) {
  std::vector<std::string> versions;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && versions.size() < 100;) {
    line.resize(std::min(line.find('#'), line.size()));
    constexpr std::string_view space = " \t\r";
    for (std::size_t at = 0; (at = line.find_first_not_of(space, at)) != std::string::npos;) {
      const std::size_t end = std::min(line.find_first_of(space, at), line.size());
      versions.push_back(line.substr(at, end - at));
      at = end;
    }
  }
  return versions;
}

std::vector<std::string> chosen_versions(const fs::path& root, const std::string& variable,
                                         const fs::path& start_folder) {
  std::vector<std::string> versions;
  for (std::size_t at = 0; at < variable.size();) {
    const std::size_t end = std::min(variable.find(':', at), variable.size());
    if (end > at) versions.push_back(variable.substr(at, end - at));
    at = end + 1;
  }
  for (fs::path folder = start_folder; versions.empty() && !folder.empty();
       folder = folder.parent_path()) {
    versions = read_versions(folder / ".python-version");
    if (folder == folder.parent_path()) break;
  }
  if (versions.empty()) versions = read_versions(root / "version");
  if (versions.empty()) versions.emplace_back(system_version);
  return versions;
}

}  // namespace

bool is_pyenv_shim(const fs::path& file) {
  std::error_code ignored;
  const fs::path folder = file.parent_path();
  return folder.filename() == "shims" &&
         fs::is_directory(folder.parent_path() / "versions", ignored);
}

std::optional<fs::path> resolve_pyenv_shim(const fs::path& shim, const std::string& pyenv_version,
                                           const fs::path& start_folder) {
  std::error_code ignored;
  const fs::path root = shim.parent_path().parent_path();
  for (const std::string& version : chosen_versions(root, pyenv_version, start_folder)) {
    if (version == system_version) return fs::path{};
    const fs::path folder = root / "versions" / version;
    // A prefix ("3.12") or a plugin's name is for pyenv itself to understand.
    if (!fs::is_directory(folder, ignored)) return std::nullopt;
    fs::path program = folder / "bin" / shim.filename();
    if (fs::exists(program, ignored)) return program;
  }
  return std::nullopt;
}

}  // namespace smyth::runtime
