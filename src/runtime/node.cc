#include "runtime/node.h"

#include <fmt/format.h>
#include <unistd.h>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

bool is_read_early(std::string_view name) {
  return name.starts_with("NODE_") || name.starts_with("UV_") || name.starts_with("SSL_") ||
         name.starts_with("OPENSSL_") || name.starts_with("LC_") || name.starts_with("LD_") ||
         name == "LANG" || name == "LANGUAGE" || name == "HOME" || name == "PATH";
}

}  // namespace

fs::path find_node(const fs::path& code, std::string_view path) {
  for (fs::path folder = code;; folder = folder.parent_path()) {
    fs::path node = folder / "node_modules/node/bin/node";
    if (is_program(node)) return node;
    if (folder == folder.parent_path()) break;
  }
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    fs::path node = fs::path(path.substr(0, end)) / "node";
    if (node.is_absolute() && is_program(node)) return node;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return {};
}

Launch node_launch(const fs::path& node, const fs::path& package,
                   const std::map<std::string, std::string>& environ) {
  Launch launch{.words = {node.string(), (package / "node/smyth_runtime/bootstrap.mjs").string()},
                .environ = {},
                .cwd = "/"};
  for (const auto& [name, value] : environ) {
    if (is_read_early(name)) launch.environ.push_back(fmt::format("{}={}", name, value));
  }
  return launch;
}

std::string managed_node(const fs::path& package) {
  return (package / "node/smyth_runtime/managed.mjs").string();
}

}  // namespace smyth::runtime
