#include "live/program.h"

#include "runtime/node.h"

#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;

constexpr const char* java_client = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";

// Lambda's own class path: the code, and what it brings along.
std::string class_path(const fs::path& code) {
  return code.string() + "/:" + code.string() + "/*:" + code.string() + "/lib/*";
}

std::vector<std::string> command_of(const config::Function& function, const fs::path& code,
                                    const std::string& handler) {
  if (!function.command.empty()) return function.command;
  if (function.runtime.starts_with("java")) {
    return {"java", "-cp", class_path(code), java_client, handler};
  }
  return {(code / "bootstrap").string()};
}

std::string path_of(const runtime::StartSpec& spec) {
  const auto found = spec.environ.find("PATH");
  return found == spec.environ.end() ? std::string{} : found->second;
}

}  // namespace

void make_program(const config::Function& function, const fs::path& code, const fs::path& package,
                  runtime::StartSpec& spec) {
  const std::string_view runtime = function.runtime;
  if (function.command.empty() && runtime.starts_with("nodejs")) {
    spec.kind = runtime::Kind::node;
    spec.cwd = code.string();
    const fs::path node = runtime::find_node(code, path_of(spec));
    spec.command = {node.empty() ? "node" : node.string()};  // Then its start says what is missing.
    if (function.capacity > 1) {
      spec.kind = runtime::Kind::program;
      spec.command.push_back(runtime::managed_node(package));
      spec.command.push_back(spec.log_level);
    }
    spec.environ["LAMBDA_TASK_ROOT"] = spec.cwd;
    spec.environ.emplace("AWS_EXECUTION_ENV", "AWS_Lambda_" + function.runtime);
    return;
  }
  const bool is_program =
      !function.command.empty() || runtime.starts_with("provided.") || runtime.starts_with("java");
  if (!is_program) return;
  spec.kind = runtime::Kind::program;
  if (spec.handler.empty()) spec.handler = function.name;
  spec.command = command_of(function, code, spec.handler);
  spec.cwd = code.string();
  spec.environ["_HANDLER"] = spec.handler;
  spec.environ["LAMBDA_TASK_ROOT"] = spec.cwd;
  // Nothing of the code's folder is written on Lambda. Here it is edited: bytecode that Python kept
  // of one version would be taken for that of another one of the same second and size.
  spec.environ.emplace("PYTHONDONTWRITEBYTECODE", "1");
  // As on Lambda, where only its own runtimes have one.
  if (!runtime.empty() && !runtime.starts_with("provided.")) {
    spec.environ.emplace("AWS_EXECUTION_ENV", "AWS_Lambda_" + std::string(runtime));
  }
}

void add_layers_program(const config::Function& function, const Layers& layers,
                        runtime::StartSpec& spec) {
  if (spec.kind != runtime::Kind::program || !function.command.empty()) return;
  if (function.runtime.starts_with("java")) {
    if (!layers.find("java/lib").empty()) spec.command[2] += ":" + layers.place + "/java/lib/*";
    return;
  }
  const std::string bootstrap = layers.find("bootstrap");
  if (!bootstrap.empty() && !missing_program(spec).empty()) spec.command[0] = bootstrap;
}

std::string missing_program(const runtime::StartSpec& spec) {
  if (spec.kind != runtime::Kind::program || !spec.command[0].starts_with('/')) return {};
  return ::access(spec.command[0].c_str(), X_OK) == 0 ? std::string{} : spec.command[0];
}

}  // namespace smyth::live
