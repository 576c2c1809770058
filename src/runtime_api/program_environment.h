#pragma once

#include "base/ids.h"
#include "runtime/process.h"
#include "runtime/runtime.h"
#include "runtime_api/api_address.h"
#include "runtime_api/program_leftovers.h"
#include "runtime_api/runtime_api.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

// One environment whose runtime speaks the Runtime API: the program, and this API at the address
// that it talks to. It tells its events until kill(), release() or its end.
class ProgramEnvironment final : public std::enable_shared_from_this<ProgramEnvironment>,
                                 private ApiHandler,
                                 private runtime::ProcessEvents,
                                 private RuntimeNews {
 public:
  ProgramEnvironment(boost::asio::io_context& loop, runtime::Processes& processes,
                     runtime::RuntimeEvents& events, EnvironmentId id,
                     std::shared_ptr<ApiAddress> address);
  ~ProgramEnvironment() override;

  // That it cannot be started is told later, as all events.
  void start(const runtime::StartSpec& spec);
  void deliver(const runtime::Delivery& delivery);
  void kill();

  // Of all its processes (Runtime::peak_memory_kib).
  std::uint32_t peak_memory_kib() const;
  const std::shared_ptr<runtime::Process>& process() const { return process_; }
  // Gives the process away, which lives on; nothing is told of it any more.
  std::shared_ptr<runtime::Process> release();

 private:
  void on_api_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  std::optional<front::HttpResponse> on_api_refused(unsigned status,
                                                    std::string_view path) override;

  void on_frame(runtime::Process&, const runtime::Frame&) override {}
  void on_line(runtime::Process& process, std::string_view line) override;
  void on_end(runtime::Process& process, runtime::ExitStatus status) override;
  void on_spawn_failed(runtime::Process& process, const Error& error) override;
  void on_frozen(runtime::Process& process, std::span<const pid_t> processes) override;

  void on_init_done() override;
  void on_init_error(std::string_view document) override;
  void on_response(std::string_view document) override { answered(document, false); }
  void on_error(std::string_view document) override { answered(document, true); }
  void on_invocation_done() override;

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
  std::shared_ptr<ApiAddress> address_;  // Shared with whoever has other APIs there.
  RuntimeApi api_;
  std::shared_ptr<runtime::Process> process_;  // None: it has not begun, or it has ended.
  runtime::Report report_;
  ProgramLeftovers leftovers_;
};

}  // namespace smyth::runtime_api
