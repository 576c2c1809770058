#pragma once

#include "base/ids.h"
#include "front/http_server.h"
#include "runtime/process.h"
#include "runtime/runtime.h"
#include "runtime_api/runtime_api.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

// One environment whose runtime speaks the Runtime API: the program, and the address that it talks
// to. It tells the driver's events until kill() or its end.
class ProgramEnvironment final : public std::enable_shared_from_this<ProgramEnvironment>,
                                 private front::RequestHandler,
                                 private runtime::ProcessEvents,
                                 private RuntimeNews,
                                 private Responder {
 public:
  ProgramEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                     runtime::RuntimeEvents& events, EnvironmentId id);

  // That it cannot be started is told later, as all events.
  void start(const runtime::StartSpec& spec);
  void deliver(const runtime::Delivery& delivery);
  void kill();

  // Of all its processes (Runtime::peak_memory_kib).
  std::uint32_t peak_memory_kib() const;
  bool has_process() const { return process_ != nullptr; }

 private:
  void on_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  void on_gone(front::ExchangeId) override {}  // It may only have closed its half.
  std::optional<front::HttpResponse> on_refused(unsigned status, std::string_view path) override;

  void on_frame(runtime::Process&, const runtime::Frame&) override {}
  void on_line(runtime::Process& process, std::string_view line) override;
  void on_end(runtime::Process& process, runtime::ExitStatus status) override;
  void on_spawn_failed(runtime::Process& process, const Error& error) override;

  void on_init_done() override;
  void on_init_error(std::string_view document) override;
  void on_response(std::string_view document) override { answered(document, false); }
  void on_error(std::string_view document) override { answered(document, true); }
  void on_invocation_done() override;

  void respond(front::ExchangeId exchange, front::HttpResponse response) override;

  void answered(std::string_view document, bool is_error);
  // Output that was written before what the runtime just said is told first.
  void drain();
  void rest();
  // Nothing is served or told any more.
  void close();

  boost::asio::io_context& loop_;
  runtime::Processes& processes_;
  runtime::RuntimeEvents& events_;
  const EnvironmentId id_;
  bool freezes_ = true;
  std::string address_;  // "127.0.0.1:PORT"
  front::HttpServer http_;
  RuntimeApi api_;
  std::shared_ptr<runtime::Process> process_;  // None: it has not begun, or it has ended.
  runtime::Report report_;
};

}  // namespace smyth::runtime_api
