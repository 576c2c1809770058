#include "runtime_api/program_environment.h"

#include "runtime/linux_memory.h"
#include "runtime/processes.h"
#include "runtime_api/program_launch.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

}  // namespace

ProgramEnvironment::ProgramEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                                       runtime::RuntimeEvents& events, EnvironmentId id,
                                       std::shared_ptr<ApiAddress> address)
    : loop_(loop),
      processes_(processes),
      events_(events),
      id_(id),
      address_(std::move(address)),
      api_(*this, *address_) {
  address_->route(base_path, this);
}

ProgramEnvironment::~ProgramEnvironment() { address_->route(base_path, nullptr); }

// --- Orders ---

void ProgramEnvironment::start(const runtime::StartSpec& wanted) {
  freezes_ = wanted.freeze;
  process_ = launch_program(processes_, id_, wanted, address_->text(), *this);
}

void ProgramEnvironment::deliver(const runtime::Delivery& delivery) {
  if (!process_) return;
  processes_.freezer().wake(*process_);
  process_->touch();
  processes_.tmp().keep(id_, process_->pid());
  leftovers_.began();
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
  address_->route(base_path, nullptr);
}

std::shared_ptr<runtime::Process> ProgramEnvironment::release() {
  auto process = process_;
  close();
  return process;
}

// --- The runtime's requests ---

void ProgramEnvironment::on_api_request(ExchangeId exchange, const HttpRequest& request) {
  api_.on_request(exchange, request);
}

std::optional<HttpResponse> ProgramEnvironment::on_api_refused(unsigned status,
                                                               std::string_view path) {
  return api_.on_refused(status, path);
}

// --- News ---

void ProgramEnvironment::drain() {
  if (const auto process = process_) process->drain_output();
}

void ProgramEnvironment::on_init_done() {
  drain();
  report_ = {};
  rest();
  if (process_) leftovers_.init_done(process_->pid());
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
  // Only then does the program hear that it was taken, and goes on.
  if (process_) leftovers_.answered(process_->pid());
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

void ProgramEnvironment::on_frozen(runtime::Process&, std::span<const pid_t> processes) {
  const std::string left = leftovers_.frozen(processes, address_->text());
  if (!left.empty()) events_.on_left_running(id_, left);
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
