#include "runtime/interpreter.h"

#include "runtime/pyenv.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view set_python =
    "set `python` in the configuration to an interpreter of version 3.9 or newer";

bool is_executable(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return !error && fs::is_regular_file(status) &&
         (status.permissions() & (fs::perms::owner_exec | fs::perms::group_exec |
                                  fs::perms::others_exec)) != fs::perms::none;
}

// The first of this name in PATH; shims of pyenv are looked through.
fs::path find_in_path(std::string_view name, const InterpreterPlaces& places) {
  std::string_view path = places.path;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const fs::path folder = places.start_folder / path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    fs::path file = folder / name;
    if (!is_executable(file)) continue;
    if (!is_pyenv_shim(file)) return file;
    const auto real = resolve_pyenv_shim(file, places.pyenv_version, places.start_folder);
    if (!real) return file;
    if (!real->empty()) return *real;
  }
  return {};
}

struct Version {
  int major = 0;
  int minor = 0;
};

std::optional<Version> read_version(std::string_view text) {
  Version version;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto major = std::from_chars(begin, end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{}) return std::nullopt;
  return version;
}

// What can be known without running it: "python3.8" at the end of the links, "version = 3.8.10" of
// a virtual environment.
std::optional<Version> known_version(const fs::path& python) {
  std::error_code error;
  const std::string name = fs::canonical(python, error).filename().string();
  if (constexpr std::string_view prefix = "python"; !error && name.starts_with(prefix)) {
    if (const auto version = read_version(std::string_view(name).substr(prefix.size())))
      return version;
  }
  std::ifstream settings(python.parent_path().parent_path() / "pyvenv.cfg");
  for (std::string line; std::getline(settings, line);) {
    if (!line.starts_with("version")) continue;
    const std::size_t value = line.find_first_of("0123456789");
    if (value != std::string::npos) return read_version(std::string_view(line).substr(value));
  }
  return std::nullopt;
}

Result<fs::path> checked(const fs::path& python) {
  const auto version = known_version(python);
  if (version && (version->major < 3 || (version->major == 3 && version->minor < 9))) {
    return misuse(fmt::format("`{}` is Python {}.{}, which is older than 3.9", python.string(),
                              version->major, version->minor),
                  std::string(set_python));
  }
  return python;
}

Result<fs::path> configured_interpreter(const std::string& configured, const fs::path& root,
                                        const InterpreterPlaces& places) {
  if (!configured.contains('/')) {
    const fs::path found = find_in_path(configured, places);
    if (!found.empty()) return checked(found);
    return misuse(fmt::format("`python` is `{}`, which is not in PATH", configured),
                  "give its path, relative to the configuration");
  }
  std::error_code error;
  const fs::path python = root / configured;
  if (is_executable(python)) return checked(python);
  const bool is_there = fs::exists(python, error);
  return misuse(fmt::format("`python` is `{}`: {}", python.string(),
                            is_there ? "not an executable file" : "no such file"),
                "name the program itself, as in `.venv/bin/python`");
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

Result<fs::path> find_interpreter(const std::optional<std::string>& configured,
                                  const fs::path& root) {
  std::error_code error;
  return find_interpreter(configured, root,
                          {.virtual_env = variable("VIRTUAL_ENV"),
                           .path = variable("PATH"),
                           .pyenv_version = variable("PYENV_VERSION"),
                           .start_folder = fs::current_path(error)});
}

Result<fs::path> find_interpreter(const std::optional<std::string>& configured,
                                  const fs::path& root, const InterpreterPlaces& places) {
  if (configured && !configured->empty()) return configured_interpreter(*configured, root, places);
  // Not resolved further: by its place an interpreter knows its virtual environment.
  for (const fs::path& environment : {places.virtual_env, root / ".venv"}) {
    const fs::path python = environment / "bin" / "python";
    if (!environment.empty() && is_executable(python)) return checked(python);
  }
  const fs::path found = find_in_path("python3", places);
  if (!found.empty()) return checked(found);
  return misuse("no Python found: no virtual environment, no `python3` in PATH",
                std::string(set_python));
}

}  // namespace smyth::runtime
