#include "runtime_api/program_environment.h"

#include "runtime/linux_memory.h"
#include "runtime/processes.h"
#include "runtime_api/program_launch.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

}  // namespace

ProgramEnvironment::ProgramEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                                       runtime::RuntimeEvents& events, EnvironmentId id)
    : loop_(loop),
      processes_(processes),
      events_(events),
      id_(id),
      http_(loop, *this, api_limits()),
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
  process_ = launch_program(processes_, id_, wanted, address_, *this);
}

void ProgramEnvironment::deliver(const runtime::Delivery& delivery) {
  if (!process_) return;
  processes_.freezer().wake(*process_);
  process_->touch();
  api_.deliver(invocation_of(delivery));
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

void ProgramEnvironment::on_request(ExchangeId exchange, const HttpRequest& request) {
  if (!is_own(request, address_))
    return respond(exchange, {.status = 403, .headers = {}, .body = {}});
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
