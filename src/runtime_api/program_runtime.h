#pragma once

#include "runtime/runtime.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

class ApiAddress;
class ProgramEnvironment;

// Environments whose runtime is a program that speaks Lambda's Runtime API: `bootstrap` files and
// the official runtime clients.
class ProgramRuntime final : public runtime::Runtime {
 public:
  // `processes` outlives this object.
  ProgramRuntime(boost::asio::io_context& loop, runtime::Processes& processes);
  ~ProgramRuntime() override;

  // Before anything is started. `events` outlives this object.
  void set_events(runtime::RuntimeEvents& events) { events_ = &events; }

  // Where the environment that is started next has its Runtime API; it listens already.
  void set_address(std::shared_ptr<ApiAddress> address) { address_ = std::move(address); }

  void start(EnvironmentId id, const runtime::StartSpec& spec) override;
  void deliver(EnvironmentId id, const runtime::Delivery& delivery) override;
  void kill(EnvironmentId id) override;
  void stop(EnvironmentId id) override;
  std::uint32_t peak_memory_kib(EnvironmentId id) override;
  std::shared_ptr<runtime::Process> process(EnvironmentId id) override;
  std::shared_ptr<runtime::Process> release(EnvironmentId id) override;
  void grant_terminal(EnvironmentId, bool) override {}
  std::size_t process_count() const override;

 private:
  struct Entry {
    EnvironmentId id;
    std::shared_ptr<ProgramEnvironment> environment;
  };
  ProgramEnvironment* find(EnvironmentId id);

  boost::asio::io_context& loop_;
  runtime::Processes& processes_;
  runtime::RuntimeEvents* events_ = nullptr;
  std::shared_ptr<ApiAddress> address_;
  std::vector<Entry> entries_;  // By EnvironmentId::index.
};

}  // namespace smyth::runtime_api
