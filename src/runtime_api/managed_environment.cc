#include "runtime_api/managed_environment.h"

#include "runtime/linux_memory.h"
#include "runtime/processes.h"
#include "runtime_api/program_launch.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;

ManagedEnvironment::ManagedEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                                       runtime::RuntimeEvents& events, std::size_t lane_count_max)
    : loop_(loop),
      processes_(processes),
      events_(events),
      http_(loop, *this, api_limits()),
      api_(*this, *this, lane_count_max) {}

// --- Orders ---

void ManagedEnvironment::start(EnvironmentId first, const runtime::StartSpec& wanted) {
  first_ = first;
  const auto port = http_.listen("127.0.0.1", 0);
  if (!port) {
    boost::asio::post(
        loop_, [self = shared_from_this(), error = port.error()] { self->fail_start(error); });
    return;
  }
  address_ = fmt::format("127.0.0.1:{}", *port);
  process_ = launch_program(processes_, first, wanted, address_, *this);
}

void ManagedEnvironment::add(EnvironmentId lane) {
  lanes_.push_back({.id = lane, .state = Lane::State::initialising, .request_id = {}});
  // Nothing is told from within a call.
  boost::asio::post(loop_, [self = shared_from_this()] { self->make_ready(); });
}

void ManagedEnvironment::deliver(EnvironmentId id, const runtime::Delivery& delivery) {
  Lane* lane = find(id);
  if (!lane || !process_) return;
  lane->state = Lane::State::busy;
  lane->request_id = delivery.request_id;
  process_->touch();
  api_.deliver(invocation_of(delivery));
}

void ManagedEnvironment::remove(EnvironmentId id) {
  const Lane* lane = find(id);
  if (!lane) return;
  if (lane->state == Lane::State::busy) api_.forget(lane->request_id);
  std::erase_if(lanes_, [&](const Lane& other) { return other.id == id; });
  end_if_unused();
}

void ManagedEnvironment::end_if_unused() {
  if (!process_ || !lanes_.empty() || (api_.is_late() && !has_failed_)) return;
  process_->kill();
  close();
}

std::uint32_t ManagedEnvironment::peak_memory_kib() const {
  return process_ ? runtime::peak_memory_kib(process_->pid()) : 0;
}

std::vector<ManagedEnvironment::Lane> ManagedEnvironment::close() {
  // Perhaps from within a call of one of these.
  boost::asio::post(loop_, [self = shared_from_this()] {});
  process_.reset();
  http_.close();
  processes_.tmp().remove(first_);
  return std::exchange(lanes_, {});
}

ManagedEnvironment::Lane* ManagedEnvironment::find(EnvironmentId id) {
  const auto found = std::ranges::find(lanes_, id, &Lane::id);
  return found == lanes_.end() ? nullptr : &*found;
}

// --- The workers' requests ---

void ManagedEnvironment::on_request(ExchangeId exchange, const HttpRequest& request) {
  if (!is_own(request, address_)) {
    return respond(exchange, {.status = 403, .headers = {}, .body = {}});
  }
  if (!RuntimeApi::owns(request.path)) {
    return respond(exchange, {.status = 404, .headers = {}, .body = {}});
  }
  api_.on_request(exchange, request);
  end_if_unused();
}

std::optional<HttpResponse> ManagedEnvironment::on_refused(unsigned status, std::string_view path) {
  auto response = api_.on_refused(status, path);
  end_if_unused();
  return response;
}

void ManagedEnvironment::respond(ExchangeId exchange, HttpResponse response) {
  http_.respond(exchange, std::move(response));
}

// --- News ---

bool ManagedEnvironment::is_worker_free() const {
  const auto idle = std::ranges::count(lanes_, Lane::State::idle, &Lane::state);
  return api_.waiting_count() > static_cast<std::size_t>(idle);
}

void ManagedEnvironment::make_ready() {
  while (process_ && is_worker_free()) {
    process_->drain_output();
    auto lane = std::ranges::find(lanes_, Lane::State::answered, &Lane::state);
    const bool has_answered = lane != lanes_.end();
    if (!has_answered) lane = std::ranges::find(lanes_, Lane::State::initialising, &Lane::state);
    if (lane == lanes_.end()) return;
    const EnvironmentId id = lane->id;
    lane->state = Lane::State::idle;
    has_answered ? events_.on_invocation_done(id) : events_.on_ready(id, {});
  }
}

void ManagedEnvironment::on_init_error(std::string_view document) {
  has_failed_ = true;
  if (process_) process_->drain_output();
  const std::vector<Lane> lanes = lanes_;
  for (const Lane& lane : lanes) {
    if (!find(lane.id)) continue;
    events_.on_init_failed(lane.id, {.max_rss_kib = 0, .modules = {}, .document = document});
  }
}

void ManagedEnvironment::on_answer(std::string_view request_id, std::string_view document,
                                   bool is_error) {
  const auto lane = std::ranges::find_if(lanes_, [&](const Lane& other) {
    return other.state == Lane::State::busy && other.request_id == request_id;
  });
  if (lane == lanes_.end() || !process_) return;
  const EnvironmentId id = lane->id;
  const bool is_ready = is_worker_free();
  process_->drain_output();
  lane->state = is_ready ? Lane::State::idle : Lane::State::answered;
  const runtime::Report report{.max_rss_kib = 0, .modules = {}, .document = document};
  if (!is_ready) return events_.on_answered(id, report, is_error);
  is_error ? events_.on_error(id, report) : events_.on_result(id, report);
}

// Of the invocation whose request id it has, as what is written by Lambda's loggers, or else of the
// one that runs; of several it cannot be told whose it is.
void ManagedEnvironment::on_line(runtime::Process&, std::string_view line) {
  auto lane = std::ranges::find_if(lanes_, [&](const Lane& other) {
    return other.has_invocation() && line.find(other.request_id) != line.npos;
  });
  if (lane == lanes_.end()) {
    const bool is_of_one = std::ranges::count_if(lanes_, &Lane::has_invocation) == 1;
    lane = std::ranges::find(lanes_, is_of_one, &Lane::has_invocation);
  }
  if (lane == lanes_.end()) lane = lanes_.begin();
  if (lane != lanes_.end()) events_.on_output(lane->id, line);
}

void ManagedEnvironment::on_end(runtime::Process&, runtime::ExitStatus status) {
  for (const Lane& lane : close()) events_.on_exit(lane.id, status);
}

void ManagedEnvironment::on_spawn_failed(runtime::Process&, const Error& error) {
  fail_start(error);
}

void ManagedEnvironment::fail_start(const Error& error) {
  for (const Lane& lane : close()) events_.on_spawn_failed(lane.id, error);
}

}  // namespace smyth::runtime_api
