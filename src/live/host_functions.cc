// What the functions of a host start from: their code, their layers and what else they need.

#include "live/environment.h"
#include "live/host.h"
#include "live/layers.h"
#include "live/program.h"
#include "live/runtime_version.h"
#include "runtime/linux_mounts.h"
#include "runtime/linux_watch.h"
#include "runtime/processes.h"
#include "runtime/python_runtime.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
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
bool is_packed(const config::Function& function) {
  return is_zip(function) || !function.layers.empty();
}

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

runtime::StartSpec Host::start_spec(const config::Function& function, const Packed& packed) {
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
  add_packages(function, packed, spec);
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
void Host::add_packages(const config::Function& function, const Packed& packed,
                        runtime::StartSpec& spec) {
  const fs::path code =
      is_zip(function) ? packed.code : absolute(options_.config.root, function.code);
  if (config::is_python(function) && !function.code.empty()) {
    spec.cwd = code.string();
    spec.sys_path = {spec.cwd};
    spec.environ["LAMBDA_TASK_ROOT"] = spec.cwd;
  }
  make_program(function, code, package_.folder(), spec);
  if (function.isolate || is_zip(function)) spec.read_only = spec.environ["LAMBDA_TASK_ROOT"];
  const auto counted = repacked_.find(function.name);
  spec.packed = counted == repacked_.end() ? 0 : counted->second;
  if (function.layers.empty()) return;
  const std::string why = no_opt(spec, interpreter_);
  const Layers layers{
      .folder = packed.layers,
      .place = why.empty() ? std::string(runtime::opt_folder) : packed.layers.string()};
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
}

Result<void> Host::need_packages() {
  if (packages_) return {};
  auto folder = python_->processes().tmp().make_folder();
  if (!folder) return std::unexpected(folder.error());
  packages_ = std::make_unique<package::Packages>(*std::move(folder));
  packer_ = std::make_unique<boost::asio::thread_pool>(1);
  return {};
}

// May be called by the packer: it knows nothing of the host.
Result<Host::Packed> Host::pack(package::Packages& packages, const config::Function& function,
                                const fs::path& root) {
  Packed packed;
  if (is_zip(function)) {
    auto folder = packages.folder_of({absolute(root, function.code)});
    if (!folder) return std::unexpected(of_function(function, "`code`", folder.error()));
    packed.code = *std::move(folder);
  }
  if (!function.layers.empty()) {
    auto folder = packages.folder_of(layers_of(function, root));
    if (!folder) return std::unexpected(of_function(function, "`layers`", folder.error()));
    packed.layers = *std::move(folder);
  }
  return packed;
}

// Before anybody is served.
Result<void> Host::add(const config::Function& function) {
  Packed packed;
  if (is_packed(function)) {
    if (auto needed = need_packages(); !needed) return needed;
    auto made = pack(*packages_, function, options_.config.root);
    if (!made) return std::unexpected(made.error());
    packed = *std::move(made);
  }
  runtime::StartSpec spec = start_spec(function, packed);
  tell_missing_program(spec);
  driver_->add(with_flags(function), front::function_arn(account_, function.name), std::move(spec));
  return {};
}

// What it is packed in is made by the packer, while others are served and it waits.
void Host::renew(const config::Function& function) {
  const auto known = index_of(function.name);
  config::Function bare = function;
  bare.spec.provisioned = 0;  // None starts before it is known from what.
  const std::uint32_t index =
      known ? *known : driver_->add(bare, front::function_arn(account_, function.name), {});
  // A change that is under way ends before a later one.
  if (!is_packed(function) && driver_->functions()[index]->holds == 0) {
    return configure(index, function, Packed{});
  }
  if (auto needed = need_packages(); !needed) {
    return configure(index, function, std::unexpected(needed.error()));
  }
  driver_->hold(index);
  boost::asio::post(*packer_, [this, &packages = *packages_, &loop = loop_, index, function,
                               root = options_.config.root] {
    boost::asio::post(loop, [this, index, function, packed = pack(packages, function, root)] {
      configure(index, function, packed);
      driver_->release(index);
    });
  });
}

// If it cannot start as configured it stays as it is, which is said.
void Host::configure(std::uint32_t index, const config::Function& function,
                     const Result<Packed>& packed) {
  const LiveFunction& live = *driver_->functions()[index];
  if (live.removed) return;
  const bool is_new = live.start.function.empty();
  if (packed) {
    runtime::StartSpec spec = start_spec(function, *packed);
    if (is_new) tell_missing_program(spec);
    return driver_->change(index, with_flags(function), std::move(spec));
  }
  tell(packed.error());
  if (!is_new) return;
  driver_->remove(index);
  on_functions_();
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
  std::vector<package::Packages::Sources> forgotten;
  for (const config::Function& function : options_.config.functions) {
    if (!std::ranges::any_of(sources_of(function, options_.config.root), is_hit)) continue;
    changed.push_back(&function);
    ++repacked_[function.name];
    if (!function.layers.empty()) forgotten.push_back(layers_of(function, options_.config.root));
    if (is_zip(function)) forgotten.push_back({absolute(options_.config.root, function.code)});
  }
  if (packer_) {
    boost::asio::post(*packer_, [&packages = *packages_, forgotten = std::move(forgotten)] {
      for (const auto& sources : forgotten) packages.forget(sources);
    });
  }
  for (const config::Function* function : changed) renew(*function);
  if (!changed.empty()) on_functions_();
}

// --- Words ---

void Host::tell_missing_program(const runtime::StartSpec& spec) {
  const bool is_of_layers = !spec.layers.empty() && !spec.command.empty() &&
                            spec.command[0].starts_with(spec.layers + '/');
  const std::string missing = missing_program(spec);
  if (missing.empty() || is_of_layers) return;
  log_.say(observe::Level::warning,
           fmt::format("warning: `{}` cannot start: there is no executable file `{}`",
                       spec.function, missing));
}

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
