#pragma once

#include "base/ids.h"
#include "front/http_server.h"
#include "runtime/process.h"
#include "runtime/runtime.h"
#include "runtime_api/managed_api.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

// One environment of Managed Instances: a program whose workers serve several invocations at once.
// For the scheduler each of them is a lane, an environment with an id of its own that serves one;
// lanes come and go while the program runs.
//
// A lane is ready when a worker waits for it, and after an answer again: the worker that gave it
// need not be the one that takes the next.
class ManagedEnvironment final : public std::enable_shared_from_this<ManagedEnvironment>,
                                 private front::RequestHandler,
                                 private runtime::ProcessEvents,
                                 private ManagedNews,
                                 private Responder {
 public:
  ManagedEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                     runtime::RuntimeEvents& events, std::size_t lane_count_max);

  // `first` names its /tmp. That it cannot be started is told later, to all lanes.
  void start(EnvironmentId first, const runtime::StartSpec& spec);
  // Whether there is a program that a further lane can be one of.
  bool can_join() const { return process_ && !has_failed_; }

  void add(EnvironmentId lane);
  void deliver(EnvironmentId lane, const runtime::Delivery& delivery);
  // What runs there runs on and is answered to nobody; with the last lane the program ends, unless
  // some still runs.
  void remove(EnvironmentId lane);

  std::uint32_t peak_memory_kib() const;

 private:
  struct Lane {
    enum class State : unsigned char { initialising, idle, busy, answered };
    EnvironmentId id;
    State state = State::initialising;
    std::string request_id;  // Of one that is busy, or has answered.
    bool has_invocation() const { return state == State::busy || state == State::answered; }
  };

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  void on_gone(front::ExchangeId exchange) override { api_.on_gone(exchange); }
  std::optional<front::HttpResponse> on_refused(unsigned status, std::string_view path) override;

  void on_frame(runtime::Process&, const runtime::Frame&) override {}
  void on_line(runtime::Process& process, std::string_view line) override;
  void on_end(runtime::Process& process, runtime::ExitStatus status) override;
  void on_spawn_failed(runtime::Process& process, const Error& error) override;

  void on_worker_waits() override { make_ready(); }
  void on_init_error(std::string_view document) override;
  void on_answer(std::string_view request_id, std::string_view document, bool is_error) override;

  void respond(front::ExchangeId exchange, front::HttpResponse response) override;

  Lane* find(EnvironmentId id);
  // Whether more workers wait than lanes are idle.
  bool is_worker_free() const;
  // As many lanes as workers wait for.
  void make_ready();
  void fail_start(const Error& error);
  void end_if_unused();
  // Nothing is served any more; the lanes, for whoever tells them.
  std::vector<Lane> close();

  boost::asio::io_context& loop_;
  runtime::Processes& processes_;
  runtime::RuntimeEvents& events_;
  EnvironmentId first_;
  std::string address_;  // "127.0.0.1:PORT"
  front::HttpServer http_;
  ManagedApi api_;
  std::shared_ptr<runtime::Process> process_;  // None: it has not begun, or it has ended.
  bool has_failed_ = false;                    // Its init.
  std::vector<Lane> lanes_;
};

}  // namespace smyth::runtime_api
