#pragma once

#include "runtime/runtime.h"
#include "runtime_api/extended_environment.h"
#include "runtime_api/extensions.h"
#include "runtime_api/telemetry_host.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

class ProgramRuntime;

// Environments with extensions. It stands between the driver and the runtimes: an environment that
// has an address, since its runtime is a program or since it has extensions, is an
// ExtendedEnvironment; all others pass through.
class ExtendedRuntime final : public runtime::Runtime, public runtime::RuntimeEvents {
 public:
  struct Parts {
    boost::asio::io_context& loop;
    runtime::Processes& processes;
    runtime::Runtime& inner;   // Of all kinds; those tell their events to this object.
    ProgramRuntime& programs;  // One of them.
    std::string account_id;
    ExtensionsApi::MakeUuid make_uuid;
    TelemetryHost* telemetry = nullptr;  // Optional.
  };
  explicit ExtendedRuntime(Parts parts);
  ~ExtendedRuntime() override;

  // Before anything is started. `events` outlives this object.
  void set_events(runtime::RuntimeEvents& events) { events_ = &events; }
  // Null: there is none. It outlives this object.
  void set_telemetry(TelemetryHost* telemetry) { parts_.telemetry = telemetry; }

  // The server ends: how long the shutdown phases of what lives now may take; those that begin
  // later have what is left of it.
  Duration begin_shutdown();
  // Those that are in their shutdown phase die at once.
  void end_shutdown();

  void start(EnvironmentId id, const runtime::StartSpec& spec) override;
  void deliver(EnvironmentId id, const runtime::Delivery& delivery) override;
  void kill(EnvironmentId id) override;
  void reset(EnvironmentId id, ShutdownReason reason) override;
  void stop(EnvironmentId id) override;
  void forget_snapshot(std::string_view snapshot) override {
    parts_.inner.forget_snapshot(snapshot);
  }
  void grant_terminal(EnvironmentId id, bool granted) override;
  std::uint32_t peak_memory_kib(EnvironmentId id) override;
  std::size_t process_count() const override;

  // Those with a snapshot have no extensions.
  void on_initialising(EnvironmentId id) override { events_->on_initialising(id); }
  void on_restoring(EnvironmentId id) override { events_->on_restoring(id); }
  void on_shared(EnvironmentId id, std::string_view what) override { events_->on_shared(id, what); }
  void on_ready(EnvironmentId id, const runtime::Report& report) override;
  void on_init_failed(EnvironmentId id, const runtime::Report& report) override;
  void on_result(EnvironmentId id, const runtime::Report& report) override;
  void on_error(EnvironmentId id, const runtime::Report& report) override;
  void on_answered(EnvironmentId id, const runtime::Report& report, bool is_error) override;
  void on_invocation_done(EnvironmentId id) override;
  void on_exit(EnvironmentId id, runtime::ExitStatus status) override;
  void on_spawn_failed(EnvironmentId id, const Error& error) override;
  void on_left_running(EnvironmentId id, std::string_view what) override;
  void on_pause(EnvironmentId id) override;
  void on_proceed(EnvironmentId id) override;
  void on_output(EnvironmentId id, std::string_view line) override;

  // For ExtendedEnvironment.
  Parts& parts() { return parts_; }
  runtime::RuntimeEvents& events() { return *events_; }
  // It ended by itself, and is in its shutdown phase.
  void leaves(ExtendedEnvironment& environment);
  void has_left(ExtendedEnvironment& environment);
  ExtendedEnvironment::Clock::time_point latest_end() const;

 private:
  using Shared = std::shared_ptr<ExtendedEnvironment>;
  ExtendedEnvironment* find(EnvironmentId id);
  void end(EnvironmentId id, ShutdownReason reason, ExtendedEnvironment::Tmp tmp);

  Parts parts_;
  runtime::RuntimeEvents* events_ = nullptr;
  std::vector<Shared> entries_;  // By EnvironmentId::index.
  std::vector<Shared> leaving_;
  ExtendedEnvironment::Clock::time_point shutdown_until_ =
      ExtendedEnvironment::Clock::time_point::max();
};

}  // namespace smyth::runtime_api
