#include "live/layers.h"

#include "package/packages.h"
#include "runtime/linux_mounts.h"

#include <fmt/format.h>

#include <vector>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;

// The first program of this name in a `PATH`, without links.
fs::path find_program(const std::string& name, const std::map<std::string, std::string>& environ) {
  std::error_code unknown;
  if (name.find('/') != name.npos) return fs::canonical(name, unknown);
  const auto path = environ.find("PATH");
  std::string_view left = path == environ.end() ? std::string_view{} : path->second;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    const fs::path file = fs::path(left.substr(0, end)) / name;
    if (fs::is_regular_file(file, unknown)) return fs::canonical(file, unknown);
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return {};
}

void append(runtime::StartSpec& spec, const char* name, const std::string& folder) {
  std::string& value = spec.environ[name];
  if (!value.empty()) value += ':';
  value += folder;
}

// "22" of "nodejs22.x"; empty: it is none of Node.
std::string node_version(const std::string& runtime) {
  if (!runtime.starts_with("nodejs")) return {};
  return runtime.substr(6, runtime.find('.') - 6);
}

void add_node(const config::Function& function, const Layers& layers, runtime::StartSpec& spec) {
  const std::string version = node_version(function.runtime);
  std::vector<std::string> folders{"nodejs/node_modules"};
  if (!version.empty()) folders.insert(folders.begin(), "nodejs/node" + version + "/node_modules");
  for (const std::string& folder : folders) {
    if (const std::string found = layers.find(folder); !found.empty()) {
      append(spec, "NODE_PATH", found);
    }
  }
}

// Of programs: our own Python knows by itself.
void add_python(const Layers& layers, runtime::StartSpec& spec) {
  if (layers.find("python").empty()) return;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(layers.folder / "python/lib", error)) {
    const std::string packages =
        fmt::format("python/lib/{}/site-packages", entry.path().filename().string());
    if (const std::string found = layers.find(packages); !found.empty()) {
      append(spec, "PYTHONPATH", found);
    }
  }
  append(spec, "PYTHONPATH", layers.find("python"));
}

}  // namespace

std::string Layers::find(const std::string& name) const {
  std::error_code unknown;
  if (folder.empty() || !fs::exists(folder / name, unknown)) return {};
  return place + '/' + name;
}

std::string no_opt(const runtime::StartSpec& spec, const fs::path& interpreter) {
  const std::string opt = std::string(runtime::opt_folder) + '/';
  std::error_code unknown;
  if (!runtime::can_mount()) return "this system lets you make no mount namespace";
  if (!fs::is_directory(opt, unknown)) return "there is no folder `/opt` to mount them on";
  std::vector<fs::path> needed{spec.project, spec.cwd};
  if (spec.kind == runtime::Kind::python) needed.push_back(interpreter);
  if (!spec.command.empty()) needed.push_back(find_program(spec.command[0], spec.environ));
  for (const fs::path& path : needed) {
    if (path.string().starts_with(opt)) {
      return fmt::format("`{}` is needed, and they would hide it", path.string());
    }
  }
  return {};
}

void add_layers(const config::Function& function, const Layers& layers, runtime::StartSpec& spec) {
  if (layers.folder.empty()) return;
  spec.layers = layers.place;
  if (layers.place == runtime::opt_folder) spec.opt = layers.folder.string();
  append(spec, "PATH", layers.place + "/bin");
  append(spec, "LD_LIBRARY_PATH", layers.place + "/lib");
  add_node(function, layers, spec);
  if (spec.kind == runtime::Kind::program) add_python(layers, spec);
  for (const std::string& name : package::extensions_in(layers.folder)) {
    spec.extensions.push_back(fmt::format("{}/extensions/{}", layers.place, name));
  }
}

}  // namespace smyth::live
