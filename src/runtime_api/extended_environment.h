#pragma once

#include "base/ids.h"
#include "runtime/process.h"
#include "runtime/runtime.h"
#include "runtime_api/api_address.h"
#include "runtime_api/extensions.h"
#include "runtime_api/telemetry_host.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

class ExtendedRuntime;

// How long the shutdown phase is (docs/reference/lambda-environments.md, 3.4); none without
// extensions.
inline constexpr Duration shutdown_budget_internal = std::chrono::milliseconds(500);
inline constexpr Duration shutdown_budget_external = std::chrono::milliseconds(2'000);

// One environment with an address of its own: its external extensions, the Extensions API for them
// and for internal ones, and the runtime, which another Runtime starts and speaks to. Here it is
// decided what the environment as a whole has reached (docs/reference/lambda-environments.md, 2.2):
//
//   init        external extensions start and register, then the runtime starts; over when all of
//               them have asked for their next event
//   invocation  over when the runtime is done and all who were told of it ask for the next event
//   shutdown    SIGTERM for the runtime, then SHUTDOWN for the extensions, then SIGKILL for all
//
// It tells the owner's events under its id until kill() or end().
class ExtendedEnvironment final : public std::enable_shared_from_this<ExtendedEnvironment>,
                                  private ApiHandler,
                                  private ExtensionNews,
                                  private runtime::ProcessEvents {
 public:
  using Clock = std::chrono::steady_clock;
  // What becomes of its /tmp.
  enum class Tmp : unsigned char { kept, removed };

  ExtendedEnvironment(ExtendedRuntime& owner, EnvironmentId id, runtime::StartSpec spec);

  EnvironmentId id() const { return id_; }
  const std::string& log_stream() const { return spec_.log_stream; }

  // That it cannot be started is told later, as all events.
  void start();
  // The same when `predecessor` has left: it is this environment before its reset.
  void start_after(ExtendedEnvironment& predecessor);
  void deliver(const runtime::Delivery& delivery);
  void kill(Tmp tmp);
  // Its shutdown phase begins, which is over by `latest`; nothing but output is told any more.
  // False: it has none, and is gone.
  bool end(ShutdownReason reason, Tmp tmp, Clock::time_point latest);

  // How long its shutdown phase would be.
  Duration shutdown_budget() const;
  std::uint32_t peak_memory_kib() const;  // Of its extensions.

  // What its runtime tells (RuntimeEvents).
  void runtime_ready(const runtime::Report& report);
  void runtime_finished(const runtime::Report& report, bool is_error);
  void runtime_done();
  void runtime_exited(const runtime::ExitStatus& status);

 private:
  enum class Phase : unsigned char {
    waiting,  // For its predecessor.
    init,     // Until all are ready.
    idle,
    busy,
    leaving,  // Its shutdown phase.
    gone,
  };
  struct External {
    std::string name;
    std::shared_ptr<runtime::Process> process;  // None: it has ended.
  };
  // A Report that outlives the call it came with.
  struct HeldReport {
    std::uint32_t max_rss_kib = 0;
    std::vector<std::string> paths;
    std::vector<runtime::LoadedModule> modules;
    explicit HeldReport(const runtime::Report& report);
    runtime::Report report() const;
  };

  void on_api_request(front::ExchangeId exchange, const front::HttpRequest& request) override;
  void on_extension_registered() override;
  void on_extension_ready() override;
  void on_extension_error(std::string_view type, std::string_view words) override;

  void on_frame(runtime::Process&, const runtime::Frame&) override {}
  void on_line(runtime::Process& process, std::string_view line) override;
  void on_end(runtime::Process& process, runtime::ExitStatus status) override;
  void on_spawn_failed(runtime::Process& process, const Error& error) override;

  void subscribe(front::ExchangeId exchange, const front::HttpRequest& request);
  bool launch(const std::string& program);
  void start_runtime();
  void end_init(const runtime::Report& report);
  void tell_extensions();
  void fail(const runtime::ExitStatus& status);
  void post_failure(std::string type, std::string words);
  void drain();
  void rest();
  void stay_awake();
  TelemetryHost* telemetry() const;
  External* of(const runtime::Process& process);
  bool lives() const { return phase_ != Phase::leaving && phase_ != Phase::gone; }

  // The shutdown phase, as kill(), end() and shutdown_budget(): extended_shutdown.cc.
  void end_runtime();
  void shut_down_extensions();
  void leave_if_empty();
  void leave();
  void close();

  ExtendedRuntime& owner_;
  const EnvironmentId id_;
  runtime::StartSpec spec_;
  std::shared_ptr<ApiAddress> address_;
  ExtensionsApi api_;
  Phase phase_ = Phase::waiting;
  std::vector<External> externals_;
  bool has_runtime_ = false;  // It was started.
  bool is_runtime_done_ = false;
  bool is_held_awake_ = false;       // The runtime, for its extensions' sake.
  std::optional<HeldReport> ready_;  // The runtime's, which waits for its extensions.
  std::string fatal_type_;           // The first error that an extension posted,
  std::string fatal_words_;
  boost::asio::steady_timer timer_;
  // The shutdown phase.
  ShutdownReason reason_ = ShutdownReason::spindown;
  std::string folder_;  // Its /tmp, if it is removed at the end.
  Clock::time_point latest_{};
  std::shared_ptr<runtime::Process> runtime_;  // Ends by SIGTERM.
  bool is_flushed_ = false;  // What there was of telemetry, before the extensions are told.
  bool are_told_ = false;    // Of the end.
  std::weak_ptr<ExtendedEnvironment> successor_;
};

}  // namespace smyth::runtime_api
