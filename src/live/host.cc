#include "live/host.h"

#include "config/diff.h"
#include "config/env_file.h"
#include "live/environment.h"
#include "live/program.h"
#include "runtime/hooks_process.h"
#include "runtime/interpreter.h"
#include "runtime/linux_mounts.h"
#include "runtime/python_package.h"
#include "runtime/processes.h"
#include "runtime/python_runtime.h"
#include "runtime_api/extended_runtime.h"
#include "runtime_api/managed_runtime.h"
#include "runtime_api/program_runtime.h"
#include "telemetry/telemetry.h"

#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace smyth::live {
namespace {

std::string region_of(const Environ& shell) {
  const auto found = shell.find("AWS_REGION");
  return found == shell.end() || found->second.empty() ? front::Account{}.region : found->second;
}

bool needs_python(const config::Config& config) {
  return std::ranges::any_of(config.functions, [](const config::Function& function) {
    return config::is_python(function) || function.spec.prepares ||
           function.spec.strategy == core::Strategy::user;
  });
}

bool has_programs(const config::Config& config) {
  return !std::ranges::all_of(config.functions, config::is_python);
}

Error first_of(const std::vector<config::Mistake>& mistakes) {
  const config::Mistake& mistake = mistakes.front();
  return {ErrorCode::misused,
          fmt::format("{} ({}:{})", mistake.message, mistake.file.string(), mistake.line),
          mistake.hint};
}

}  // namespace

Host::Host(boost::asio::io_context& loop, HostOptions options, observe::Log& log)
    : loop_(loop), options_(std::move(options)), log_(log), shell_(own_environ()) {
  account_.region = region_of(shell_);
}

Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::open(boost::asio::io_context& loop, HostOptions options,
                                         Front& front, observe::Log& log) {
  std::unique_ptr<Host> host(new Host(loop, std::move(options), log));
  if (auto started = host->start(front); !started) return std::unexpected(started.error());
  return host;
}

Result<void> Host::start(Front& front) {
  if (auto variables = load_env_file(options_.config)) {
    env_file_ = std::move(*variables);
  } else {
    return std::unexpected(variables.error());
  }
  const auto find_python = [this] {
    return runtime::find_interpreter(options_.config.python, options_.config.root);
  };
  runtime::PythonRuntime::Options python{.python = {}, .package = {}, .find_python = find_python};
  if (needs_python(options_.config)) {
    auto found = find_python();
    if (!found) return std::unexpected(found.error());
    python.python = *found;
    std::error_code unknown;
    interpreter_ = std::filesystem::canonical(*found, unknown);
  }
  auto package = runtime::PythonPackage::open();
  if (!package) return std::unexpected(package.error());
  package_ = std::move(*package);
  if (auto opened = open_record(); !opened) return opened;

  timer_ = std::make_unique<LoopTimer>(loop_, [this] { driver_->tick(); });
  python.package = package_.folder();
  auto runtime = runtime::PythonRuntime::open(loop_, std::move(python));
  if (!runtime) return std::unexpected(runtime.error());
  python_ = std::move(*runtime);
  runtime::Processes& processes = python_->processes();
  if (has_programs(options_.config)) {
    if (auto launcher = processes.need_launcher(); !launcher) return launcher;
  }
  program_ = std::make_unique<runtime_api::ProgramRuntime>(loop_, processes);
  managed_ = std::make_unique<runtime_api::ManagedRuntime>(loop_, processes);
  runtimes_ = std::make_unique<Runtimes>(*python_, *program_, *managed_);
  telemetry_ = std::make_unique<telemetry::Telemetry>(loop_);
  runtime_ = std::make_unique<runtime_api::ExtendedRuntime>(
      runtime_api::ExtendedRuntime::Parts{.loop = loop_,
                                          .processes = processes,
                                          .inner = *runtimes_,
                                          .programs = *program_,
                                          .account_id = account_.id,
                                          .make_uuid = [this] { return uuids_.make(); },
                                          .telemetry = telemetry_.get()});
  hooks_ = std::make_unique<runtime::HooksProcess>(*python_, hooks_spec());
  driver_ = std::make_unique<Driver>(Driver::Parts{
      .runtime = *runtime_,
      .hooks = *hooks_,
      .front = front,
      .timer = *timer_,
      .log = log_,
      .recorder = record_ ? &record_->recorder() : nullptr,
      .take_terminal = terminal_.is_there() ? [] { return runtime::Terminal::is_there(); }
                                            : std::function<bool()>{},
      .return_terminal = [this] { terminal_.take_back(); },
      .make_uuid = [this] { return uuids_.make(); },
  });
  python_->set_events(*runtime_);
  program_->set_events(*runtime_);
  managed_->set_events(*runtime_);
  runtime_->set_events(*driver_);
  hooks_->set_events(*driver_);
  telemetry_->set_log(
      [this](EnvironmentId id, const observe::LogEvent& event) { driver_->log(id, event); });
  driver_->set_log_listener(telemetry_.get());
  if (options_.config.account.concurrency > 0) driver_->limit_account(options_.config.account);
  for (const config::Function& function : options_.config.functions) {
    if (auto added = add(function); !added) return added;
  }
  tell_limits();
  stand_by();
  return {};
}

Result<Environ> Host::load_env_file(const config::Config& config) {
  if (!config.env_file) return Environ{};
  auto variables = config::load_env_file(config.root / *config.env_file);
  if (!variables) return std::unexpected(first_of(variables.error()));
  return std::move(*variables);
}

Result<void> Host::open_record() {
  if (options_.record_file.empty()) return {};
  auto record = RecordFile::open(options_.record_file, log_);
  if (!record) return std::unexpected(record.error());
  record_ = std::move(*record);
  return {};
}

// --- Functions ---

std::vector<std::string> Host::sys_path() const {
  std::vector<std::string> path{options_.config.root.string()};
  if (options_.start_folder != options_.config.root) path.push_back(options_.start_folder.string());
  return path;
}

// The hooks belong to no function: they see the server's variables with those of all functions.
runtime::StartSpec Host::hooks_spec() const {
  runtime::StartSpec spec;
  spec.name = "hooks";
  spec.cwd = options_.start_folder.string();
  spec.project = options_.config.root.string();
  spec.sys_path = sys_path();
  spec.environ = {options_.config.env.begin(), options_.config.env.end()};
  spec.environ.insert(env_file_.begin(), env_file_.end());
  spec.environ.insert(shell_.begin(), shell_.end());
  return spec;
}

config::Function Host::with_flags(config::Function function) const {
  if (options_.no_timeout) function.spec.timeout = function.spec.init_timeout = Duration{0};
  return function;
}

void Host::tell_limits() {
  const auto& functions = options_.config.functions;
  if (std::ranges::none_of(functions, &config::Function::own_tmp) &&
      std::ranges::none_of(functions, &config::Function::isolate)) {
    return;
  }
  if (!runtime::can_limit_processes()) {
    log_.say(
        observe::Level::debug,
        "environments have no limit of 742 processes and threads, as Lambda's have: only a user "
        "namespace has a count of its own (Linux 5.14 or newer), and root makes none: run smyth "
        "as another user to have it");
  }
  if (runtime::can_mount()) return;
  log_.say(
      observe::Level::warning,
      "warning: this system lets you make no mount namespace: environments share /tmp (each "
      "has a folder of its own in TMPDIR), and `isolate` and `ephemeral_storage` have no effect");
}

// Before anybody asks: the first cold start of Node is as fast as the later ones.
void Host::stand_by() {
  for (const auto& function : driver_->functions()) {
    const bool is_it =
        function->start.kind == runtime::Kind::node && function->start.extensions.empty();
    if (is_it) return python_->stand_by(function->start);
  }
}

std::optional<std::uint32_t> Host::index_of(std::string_view name) const {
  const auto& functions = driver_->functions();
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const auto& function = functions[index];
    if (function && !function->removed && function->config.name == name) return index;
  }
  return std::nullopt;
}

void Host::apply(const config::Config& next) {
  config::Difference difference = config::diff(options_.configured, next);
  std::erase(difference.server, "env_file");  // It is read anew right here.
  const Environ hooks_environ = hooks_spec().environ;
  bool everything = false;
  if (auto variables = load_env_file(next)) {
    everything = *variables != env_file_;
    env_file_ = std::move(*variables);
  } else {
    log_.say(observe::Level::error, "error: " + variables.error().message);
  }
  if (next.account != options_.configured.account) driver_->limit_account(next.account);
  for (const std::string& name : difference.removed) {
    if (const auto index = index_of(name)) driver_->remove(*index);
  }
  for (const config::Function& function : next.functions) {
    const bool is_changed = everything || std::ranges::count(difference.changed, function.name) > 0;
    if (is_changed || !index_of(function.name)) renew(function);
  }
  if (!difference.server.empty()) {
    log_.say(observe::Level::warning,
             fmt::format("warning: changed, and used from the next start on: `{}`",
                         fmt::join(difference.server, "`, `")));
  }
  options_.config.env = next.env;
  hooks_->set_environ(hooks_spec().environ);
  options_.config.functions = next.functions;
  options_.config.env_file = next.env_file;
  options_.config.env = next.env;
  options_.configured = next;
  if (hooks_spec().environ != hooks_environ) hooks_->change(hooks_spec());
  on_functions_();
}

Result<void> Host::end_record() {
  if (!record_) return {};
  return record_->end();
}

Duration Host::begin_shutdown() { return runtime_->begin_shutdown(); }

void Host::end_shutdown() { runtime_->end_shutdown(); }

bool Host::is_quiet() const { return driver_->is_quiet() && runtime_->process_count() == 0; }

}  // namespace smyth::live
