#include "runtime_api/program_launch.h"

#include "runtime/launch.h"
#include "runtime/processes.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace smyth::runtime_api {
namespace {

// A runtime may compute for as long as it likes between two requests, and stream its answer for as
// long: what ends that is the function's timeout.
constexpr Duration runtime_deadline = std::chrono::hours(24);
// Some runtimes cannot do without a deadline.
constexpr std::int64_t no_deadline_ms = std::chrono::milliseconds(std::chrono::hours(24)).count();
constexpr std::size_t connection_count_max = 128;
// Between its response and its next request a runtime's connection is idle, and must not be the one
// that makes room for those of anybody else.
constexpr Duration recent_use = std::chrono::seconds(1);
// A runtime tells of an error's X-Ray cause in a header: Python's of up to 1 MiB.
constexpr std::size_t header_bytes_max = (1u << 20) + (16u << 10);

// What extensions do not see of the runtime's variables (reference: lambda-environments.md, 2.2).
bool is_runtimes_alone(std::string_view name) {
  if (name.starts_with('_') || name.starts_with("AWS_XRAY_")) return true;
  return name == "AWS_EXECUTION_ENV" || name == "AWS_LAMBDA_LOG_GROUP_NAME" ||
         name == "AWS_LAMBDA_LOG_STREAM_NAME" || name == "LAMBDA_RUNTIME_DIR" ||
         name == "LAMBDA_TASK_ROOT" || name == "AWS_LAMBDA_RUNTIME_API";
}

}  // namespace

std::int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

front::HttpLimits api_limits() {
  return {.header_bytes_max = header_bytes_max,
          .invoke_header_bytes_max = 0,
          .body_bytes_max = response_bytes_max,
          .invoke_path = "/",
          .connection_count_max = connection_count_max,
          .request_deadline = runtime_deadline,
          .idle_deadline = runtime_deadline,
          .recent_use = recent_use};
}

bool is_own(const front::HttpRequest& request, std::string_view address) {
  std::string_view host = request.header("Host");
  const std::string_view port = address.substr(address.find(':'));
  if (host.ends_with(port)) host.remove_suffix(port.size());
  const bool is_host = host == "127.0.0.1" || host == "localhost";
  return is_host && request.header("Origin").empty();
}

std::shared_ptr<runtime::Process> launch_program(runtime::Processes& processes,
                                                 EnvironmentId environment, runtime::StartSpec spec,
                                                 const std::string& address,
                                                 runtime::ProcessEvents& events) {
  runtime::Launch launch;
  launch.mounts = processes.tmp().mounts_of(environment, spec, processes.package());
  launch.words = spec.command;
  launch.cwd = spec.cwd;
  for (const auto& [name, value] : spec.environ) {
    launch.environ.push_back(fmt::format("{}={}", name, value));
  }
  launch.environ.push_back("AWS_LAMBDA_RUNTIME_API=" + address);
  auto limit = processes.memory().make(spec.memory_limit, spec.tmp_limit);
  if (limit) launch.group = limit->joining_file();
  auto process = processes.launch(runtime::Role::program, launch, {}, events);
  process->give_to(environment);
  processes.memory().hold(process, std::move(limit));
  processes.cpu().hold(process, spec.cpu_limit);
  return process;
}

std::shared_ptr<runtime::Process> launch_extension(
    runtime::Processes& processes, EnvironmentId environment, runtime::StartSpec spec,
    const std::string& program, const std::string& address, runtime::ProcessEvents& events) {
  runtime::Launch launch;
  spec.command = {program};
  launch.mounts = processes.tmp().mounts_of(environment, spec, processes.package());
  launch.words = spec.command;
  launch.cwd = spec.cwd;
  for (const auto& [name, value] : spec.environ) {
    if (is_runtimes_alone(name)) continue;
    launch.environ.push_back(fmt::format("{}={}", name, value));
  }
  launch.environ.push_back("AWS_LAMBDA_RUNTIME_API=" + address);
  auto process = processes.launch(runtime::Role::extension, launch, {}, events);
  process->give_to(environment);
  processes.memory().add(process);
  return process;
}

Invocation invocation_of(const runtime::Delivery& delivery) {
  return {.deadline_unix_ms = delivery.deadline_unix_ms != 0 ? delivery.deadline_unix_ms
                                                             : unix_ms() + no_deadline_ms,
          .request_id = std::string(delivery.request_id),
          .invoked_arn = std::string(delivery.invoked_arn),
          .trace_id = std::string(delivery.trace_id),
          .client_context = std::string(delivery.client_context),
          .identity = std::string(delivery.identity),
          .event = std::string(delivery.event)};
}

}  // namespace smyth::runtime_api
