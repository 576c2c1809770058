#include "runtime_api/program_environment.h"

#include "runtime/launch.h"
#include "runtime/linux_memory.h"
#include "runtime/processes.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

// A runtime may compute for as long as it likes between two requests, and stream its answer for as
// long: what ends that is the function's timeout.
constexpr Duration runtime_deadline = std::chrono::hours(24);
// Some runtimes cannot do without a deadline.
constexpr std::int64_t no_deadline_ms = std::chrono::milliseconds(std::chrono::hours(24)).count();
constexpr std::size_t connection_count_max = 128;
// A runtime tells of an error's X-Ray cause in a header: Python's of up to 1 MiB.
constexpr std::size_t header_bytes_max = (1u << 20) + (16u << 10);

front::HttpLimits limits() {
  return {.header_bytes_max = header_bytes_max,
          .invoke_header_bytes_max = 0,
          .body_bytes_max = response_bytes_max,
          .invoke_path = "/",
          .connection_count_max = connection_count_max,
          .request_deadline = runtime_deadline,
          .idle_deadline = runtime_deadline};
}

std::int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ProgramEnvironment::ProgramEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                                       runtime::RuntimeEvents& events, EnvironmentId id)
    : loop_(loop),
      processes_(processes),
      events_(events),
      id_(id),
      http_(loop, *this, limits()),
      api_(*this, *this) {}

// --- Orders
// ------------------------------------------------------------------------------------------

void ProgramEnvironment::start(const runtime::StartSpec& wanted) {
  const auto port = http_.listen("127.0.0.1", 0);
  if (!port) {
    boost::asio::post(loop_, [self = shared_from_this(), error = port.error()] {
      self->events_.on_spawn_failed(self->id_, error);
    });
    return;
  }
  freezes_ = wanted.freeze;
  address_ = fmt::format("127.0.0.1:{}", *port);
  runtime::StartSpec spec = wanted;
  const runtime::Mounts mounts = processes_.tmp().mounts_of(id_, spec, processes_.package());
  runtime::Launch launch{.words = spec.command, .environ = {}, .cwd = spec.cwd};
  for (const auto& [name, value] : spec.environ) {
    launch.environ.push_back(fmt::format("{}={}", name, value));
  }
  launch.environ.push_back("AWS_LAMBDA_RUNTIME_API=" + address_);
  launch.mounts = mounts;
  auto limit = processes_.memory().make(spec.memory_limit);
  if (limit) launch.group = limit->joining_file();
  process_ = processes_.launch(runtime::Role::program, launch, {}, *this);
  processes_.memory().hold(process_, std::move(limit));
}

void ProgramEnvironment::deliver(const runtime::Delivery& delivery) {
  if (!process_) return;
  processes_.freezer().wake(*process_);
  process_->touch();
  api_.deliver({.deadline_unix_ms = delivery.deadline_unix_ms != 0 ? delivery.deadline_unix_ms
                                                                   : unix_ms() + no_deadline_ms,
                .request_id = std::string(delivery.request_id),
                .invoked_arn = std::string(delivery.invoked_arn),
                .trace_id = std::string(delivery.trace_id),
                .client_context = std::string(delivery.client_context),
                .identity = std::string(delivery.identity),
                .event = std::string(delivery.event)});
}

std::uint32_t ProgramEnvironment::peak_memory_kib() const {
  return process_ ? runtime::peak_memory_kib(process_->pid()) : 0;
}

void ProgramEnvironment::kill() {
  if (const auto process = process_) process->kill();
  close();
}

void ProgramEnvironment::close() {
  // Perhaps from within a call of one of these.
  boost::asio::post(loop_, [self = shared_from_this()] {});
  process_.reset();
  http_.close();
}

// --- The runtime's requests
// --------------------------------------------------------------------------

// Any page in a browser can send requests to a port of this machine: they say where they are from.
bool ProgramEnvironment::is_own(const HttpRequest& request) const {
  std::string_view host = request.header("Host");
  const std::string_view port = std::string_view(address_).substr(address_.find(':'));
  if (host.ends_with(port)) host.remove_suffix(port.size());
  const bool is_host = host == "127.0.0.1" || host == "localhost";
  return is_host && request.header("Origin").empty();
}

void ProgramEnvironment::on_request(ExchangeId exchange, const HttpRequest& request) {
  if (!is_own(request)) return respond(exchange, {.status = 403, .headers = {}, .body = {}});
  if (RuntimeApi::owns(request.path)) return api_.on_request(exchange, request);
  respond(exchange, {.status = 404, .headers = {}, .body = {}});
}

std::optional<HttpResponse> ProgramEnvironment::on_refused(unsigned status, std::string_view path) {
  return api_.on_refused(status, path);
}

void ProgramEnvironment::respond(ExchangeId exchange, HttpResponse response) {
  http_.respond(exchange, std::move(response));
}

// --- News
// --------------------------------------------------------------------------------------------

void ProgramEnvironment::drain() {
  if (const auto process = process_) process->drain_output();
}

void ProgramEnvironment::on_init_done() {
  drain();
  report_ = {};
  rest();
  if (process_) events_.on_ready(id_, report_);
}

void ProgramEnvironment::on_init_error(std::string_view document) {
  drain();
  report_ = {};
  report_.document = document;
  if (process_) events_.on_init_failed(id_, report_);
}

void ProgramEnvironment::answered(std::string_view document, bool is_error) {
  drain();
  report_ = {};
  report_.document = document;
  if (process_) events_.on_answered(id_, report_, is_error);
}

void ProgramEnvironment::on_invocation_done() {
  drain();
  rest();
  if (process_) events_.on_invocation_done(id_);
}

// The runtime waits for its `next`.
void ProgramEnvironment::rest() {
  if (freezes_ && process_) processes_.freezer().rest(process_);
}

void ProgramEnvironment::on_line(runtime::Process&, std::string_view line) {
  events_.on_output(id_, line);
}

void ProgramEnvironment::on_end(runtime::Process&, runtime::ExitStatus status) {
  close();
  events_.on_exit(id_, status);
}

void ProgramEnvironment::on_spawn_failed(runtime::Process&, const Error& error) {
  close();
  events_.on_spawn_failed(id_, error);
}

}  // namespace smyth::runtime_api
