#pragma once

#include "runtime/runtime.h"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

class ManagedEnvironment;

// Programs that serve several invocations at once (StartSpec::capacity): those of one
// StartSpec::shared are lanes of one environment.
class ManagedRuntime final : public runtime::Runtime {
 public:
  // `processes` outlives this object.
  ManagedRuntime(boost::asio::io_context& loop, runtime::Processes& processes);
  ~ManagedRuntime() override;

  // Before anything is started. `events` outlives this object.
  void set_events(runtime::RuntimeEvents& events) { events_ = &events; }

  void start(EnvironmentId id, const runtime::StartSpec& spec) override;
  void deliver(EnvironmentId id, const runtime::Delivery& delivery) override;
  // A lane alone: the program and its other lanes go on.
  void kill(EnvironmentId id) override;
  void stop(EnvironmentId id) override { kill(id); }
  void grant_terminal(EnvironmentId, bool) override {}
  std::uint32_t peak_memory_kib(EnvironmentId id) override;
  // Counted with those of ProgramRuntime.
  std::size_t process_count() const override { return 0; }

 private:
  struct Entry {
    EnvironmentId id;
    std::shared_ptr<ManagedEnvironment> environment;
  };
  ManagedEnvironment* find(EnvironmentId id);

  boost::asio::io_context& loop_;
  runtime::Processes& processes_;
  runtime::RuntimeEvents* events_ = nullptr;
  std::vector<Entry> entries_;  // By EnvironmentId::index.
  std::map<std::string, std::shared_ptr<ManagedEnvironment>> shared_;
};

}  // namespace smyth::runtime_api
