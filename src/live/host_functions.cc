// What the functions of a host start from: their code, their layers and what else they need.

#include "live/environment.h"
#include "live/host.h"
#include "live/layers.h"
#include "live/program.h"
#include "live/runtime_version.h"
#include "runtime/linux_mounts.h"
#include "runtime/linux_watch.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <utility>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;

// `context.smyth["handler"]["smyth_handler_config"]`, with the original's keys.
std::string config_json(const config::Function& function) {
  boost::json::object env;
  for (const auto& [name, value] : function.env) env[name] = value;
  const double timeout = std::chrono::duration<double>(function.spec.timeout).count();
  boost::json::object table{
      {"name", function.name},
      {"lambda_handler_path", function.handler_path},
      {"url_path", nullptr},
      {"timeout", nullptr},
      {"event_data_function", function.event_function},
      {"context_data_function", function.context_function},
      {"log_level", config::log_level_words()[static_cast<std::size_t>(function.log_level)]},
      {"concurrency", function.spec.concurrency},
      {"strategy_generator", function.strategy},
      {"env_overrides", std::move(env)},
  };
  if (function.url_path) table["url_path"] = *function.url_path;
  if (timeout > 0) table["timeout"] = timeout;
  return boost::json::serialize(table);
}

constexpr std::uint32_t mib_per_cpu = 1'769;  // docs/reference/lambda-environments.md

fs::path absolute(const fs::path& root, const std::string& written) {
  const fs::path path = (root / written).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

bool is_zip(const config::Function& function) { return function.code.ends_with(".zip"); }

package::Packages::Sources layers_of(const config::Function& function, const fs::path& root) {
  package::Packages::Sources sources;
  for (const std::string& layer : function.layers) sources.push_back(absolute(root, layer));
  return sources;
}

package::Packages::Sources sources_of(const config::Function& function, const fs::path& root) {
  auto sources = layers_of(function, root);
  if (is_zip(function)) sources.push_back(absolute(root, function.code));
  return sources;
}

Error of_function(const config::Function& function, std::string_view what, Error error) {
  error.message = fmt::format("{} of function `{}`: {}", what, function.name, error.message);
  return error;
}

// As Lambda names it.
std::string_view architecture_of_machine() {
  static const std::string name = [] {
    struct utsname system{};
    const std::string_view machine = ::uname(&system) == 0 ? system.machine : "";
    return std::string(machine == "aarch64" ? "arm64" : machine);
  }();
  return name;
}

}  // namespace

Result<runtime::StartSpec> Host::start_spec(const config::Function& function) {
  runtime::StartSpec spec;
  spec.function = function.name;
  spec.handler = function.handler_path;
  spec.arn = front::function_arn(account_, function.name);
  spec.log_group = "/aws/lambda/" + function.name;
  spec.log_level = config::log_level_words()[static_cast<std::size_t>(function.log_level)];
  spec.memory = function.memory_mib;
  spec.own_tmp = function.own_tmp;
  spec.tmp_limit = function.ephemeral_mib;
  if (function.proportional_cpu) spec.cpu_limit = function.memory_mib * 1'000 / mib_per_cpu;
  spec.memory_limit = function.keeps_memory ? function.memory_mib : 0;
  spec.timeout = std::chrono::duration<double>(function.spec.timeout).count();
  spec.cwd = options_.start_folder.string();
  spec.project = options_.config.root.string();
  spec.sys_path = sys_path();
  spec.environ = function_environ(function, {.shell = shell_,
                                             .env_file = env_file_,
                                             .account = account_,
                                             .endpoint_url = options_.endpoint_url,
                                             .task_root = options_.config.root.string(),
                                             .has_credentials_file = has_credentials_file(shell_)});
  if (auto added = add_packages(function, spec); !added) return std::unexpected(added.error());
  spec.config_json = config_json(function);
  spec.version_name = runtime_version(function, interpreter_);
  spec.version_arn = runtime_version_arn(account_.region);
  spec.capacity = function.capacity;
  if (options_.no_timeout) spec.restore_timeout = 0;
  spec.freeze = function.freeze && function.capacity == 1 &&
                !options_.no_timeout;  // A debugger talks to a thread.
  tell_architecture(function);
  return spec;
}

// Its code, which may be packed, what its runtime needs, and its layers.
Result<void> Host::add_packages(const config::Function& function, runtime::StartSpec& spec) {
  fs::path code = absolute(options_.config.root, function.code);
  if (is_zip(function)) {
    auto folder = packages_->folder_of({code});
    if (!folder) return std::unexpected(of_function(function, "`code`", folder.error()));
    code = *folder;
  }
  if (config::is_python(function) && !function.code.empty()) {
    spec.cwd = code.string();
    spec.sys_path = {spec.cwd};
    spec.environ["LAMBDA_TASK_ROOT"] = spec.cwd;
  }
  make_program(function, code, package_.folder(), spec);
  if (function.isolate || is_zip(function)) spec.read_only = spec.environ["LAMBDA_TASK_ROOT"];
  const auto counted = repacked_.find(function.name);
  spec.packed = counted == repacked_.end() ? 0 : counted->second;
  if (function.layers.empty()) return {};
  auto folder = packages_->folder_of(layers_of(function, options_.config.root));
  if (!folder) return std::unexpected(of_function(function, "`layers`", folder.error()));
  const std::string why = no_opt(spec, interpreter_);
  const Layers layers{.folder = *folder,
                      .place = why.empty() ? std::string(runtime::opt_folder) : folder->string()};
  add_layers(function, layers, spec);
  add_layers_program(function, layers, spec);
  if (spec.tmp_limit != 0 && !spec.extensions.empty()) {
    spec.tmp_limit = 0;  // It is a mount of one process and what is below that.
    tell_once(
        fmt::format("warning: `ephemeral_storage` of `{}` has no effect: it shares `/tmp` with "
                    "its extensions, which are processes of their own",
                    function.name));
  }
  if (!why.empty()) {
    tell_once(fmt::format(
        "warning: the layers of `{}` are not at `/opt`, and only variables name their folders: {}",
        function.name, why));
  }
  return {};
}

void Host::change(std::uint32_t index, const config::Function& function) {
  auto spec = start_spec(function);
  if (!spec) return tell(spec.error());
  driver_->change(index, with_flags(function), std::move(*spec));
}

std::vector<fs::path> Host::packages() const {
  std::vector<fs::path> all;
  for (const config::Function& function : options_.config.functions) {
    std::ranges::move(sources_of(function, options_.config.root), std::back_inserter(all));
  }
  return all;
}

void Host::repack(const std::vector<std::string>& paths, bool everything) {
  const auto is_hit = [&](const fs::path& source) {
    return everything || std::ranges::any_of(paths, [&](const std::string& path) {
             return runtime::concerns(path, source.string()) ||
                    runtime::concerns(source.string(), path);
           });
  };
  std::vector<const config::Function*> changed;
  for (const config::Function& function : options_.config.functions) {
    if (!std::ranges::any_of(sources_of(function, options_.config.root), is_hit)) continue;
    changed.push_back(&function);
    ++repacked_[function.name];
    if (!function.layers.empty()) packages_->forget(layers_of(function, options_.config.root));
    if (is_zip(function)) packages_->forget({absolute(options_.config.root, function.code)});
  }
  for (const config::Function* function : changed) {
    if (const auto index = index_of(function->name)) change(*index, *function);
  }
}

// --- Words ---

void Host::tell_architecture(const config::Function& function) {
  const std::string_view machine = architecture_of_machine();
  if (function.architecture.empty() || function.architecture == machine) return;
  tell_once(fmt::format(
      "warning: `architectures` of `{0}` says `{1}`, but it runs on `{2}` here, as this machine "
      "is: build its programs and compiled libraries for `{2}` to try them, and for `{1}` to "
      "deploy them",
      function.name, function.architecture, machine));
}

void Host::tell_once(const std::string& warning) {
  if (told_.insert(warning).second) log_.say(observe::Level::warning, warning);
}

void Host::tell(const Error& error) {
  log_.say(observe::Level::error, "error: " + error.message);
  if (!error.hint.empty()) log_.say(observe::Level::error, "hint: " + error.hint);
}

}  // namespace smyth::live
