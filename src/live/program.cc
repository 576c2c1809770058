#include "live/program.h"

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

}  // namespace

void make_program(const config::Function& function, const fs::path& root,
                  runtime::StartSpec& spec) {
  const std::string_view runtime = function.runtime;
  const bool is_program =
      !function.command.empty() || runtime.starts_with("provided.") || runtime.starts_with("java");
  if (!is_program) return;
  const fs::path code = (root / function.code).lexically_normal();
  spec.kind = runtime::Kind::program;
  if (spec.handler.empty()) spec.handler = function.name;
  spec.command = command_of(function, code, spec.handler);
  spec.cwd = code.string();
  if (spec.cwd.size() > 1 && spec.cwd.ends_with('/')) spec.cwd.pop_back();
  spec.environ["_HANDLER"] = spec.handler;
  spec.environ["LAMBDA_TASK_ROOT"] = spec.cwd;
  // As on Lambda, where only its own runtimes have one.
  if (!runtime.empty() && !runtime.starts_with("provided.")) {
    spec.environ.emplace("AWS_EXECUTION_ENV", "AWS_Lambda_" + std::string(runtime));
  }
}

}  // namespace smyth::live
