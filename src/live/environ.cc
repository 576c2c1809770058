#include "live/environ.h"

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <initializer_list>
#include <string_view>

namespace smyth::live {
namespace {

// Variables that name the function and its environment: a shell that itself runs inside Lambda, or
// a tool that imitates it, must not lend its own.
constexpr std::initializer_list<std::string_view> identity_variables = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "PYTHONSTARTUP",
};

bool has_any(const Environ& variables, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = variables.find(name);
    if (found != variables.end() && !found->second.empty()) return true;
  }
  return false;
}

}  // namespace

Environ own_environ() {
  Environ variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

bool has_credentials_file(const Environ& shell) {
  const auto variable = [&](const char* name) {
    const auto found = shell.find(name);
    return found == shell.end() ? std::string{} : found->second;
  };
  std::error_code ignored;
  for (const char* name : {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"}) {
    if (const std::string file = variable(name);
        !file.empty() && std::filesystem::exists(file, ignored)) {
      return true;
    }
  }
  const std::filesystem::path home = variable("HOME");
  return !home.empty() && (std::filesystem::exists(home / ".aws/credentials", ignored) ||
                           std::filesystem::exists(home / ".aws/config", ignored));
}

Environ function_environ(const config::Function& function, const EnvironSources& sources) {
  Environ variables = function.env;
  variables.insert(sources.env_file.begin(), sources.env_file.end());
  Environ shell = sources.shell;
  for (const std::string_view name : identity_variables) shell.erase(std::string(name));
  variables.merge(shell);

  const bool has_own_credentials =
      sources.has_credentials_file ||
      has_any(variables, {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE",
                          "AWS_DEFAULT_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"});
  if (!has_own_credentials) {
    variables.insert({{"AWS_ACCESS_KEY_ID", "000000000000"},
                      {"AWS_SECRET_ACCESS_KEY", "test"},
                      {"AWS_SESSION_TOKEN", "test"}});
  }
  if (!sources.endpoint_url.empty())
    variables.emplace("AWS_ENDPOINT_URL_LAMBDA", sources.endpoint_url);
  if (function.log.is_json) {
    variables.insert({{"AWS_LAMBDA_LOG_FORMAT", "JSON"},
                      {"AWS_LAMBDA_LOG_LEVEL", function.log.application_level}});
  }
  variables.insert({
      {"_HANDLER", function.handler_path},
      {"AWS_DEFAULT_REGION", sources.account.region},
      {"AWS_REGION", sources.account.region},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", fmt::format("{}", function.memory_mib)},
      {"AWS_LAMBDA_FUNCTION_NAME", function.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
      {"LAMBDA_TASK_ROOT", sources.task_root},
      {"TZ", ":UTC"},
  });
  if (function.capacity > 1) {
    variables.emplace("AWS_LAMBDA_MAX_CONCURRENCY", fmt::format("{}", function.capacity));
  }
  // A snapshot is of no environment, and has no log of its own.
  if (!function.snap_start) {
    variables.emplace("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + function.name);
  }
  return variables;
}

}  // namespace smyth::live
