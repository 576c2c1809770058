#pragma once

#include "runtime/runtime.h"

#include <memory>
#include <vector>

namespace smyth::live {

// The runtimes of all kinds as one: each environment is the business of the one that started it.
class Runtimes final : public runtime::Runtime {
 public:
  Runtimes(runtime::Runtime& python, runtime::Runtime& program, runtime::Runtime& managed)
      : python_(python), program_(program), managed_(managed) {}

  void start(EnvironmentId id, const runtime::StartSpec& spec) override;
  void deliver(EnvironmentId id, const runtime::Delivery& delivery) override {
    of(id).deliver(id, delivery);
  }
  void kill(EnvironmentId id) override { of(id).kill(id); }
  std::shared_ptr<runtime::Process> process(EnvironmentId id) override {
    return of(id).process(id);
  }
  std::shared_ptr<runtime::Process> release(EnvironmentId id) override {
    return of(id).release(id);
  }
  void stop(EnvironmentId id) override { of(id).stop(id); }
  void forget_snapshot(std::string_view snapshot) override { python_.forget_snapshot(snapshot); }
  void grant_terminal(EnvironmentId id, bool granted) override {
    of(id).grant_terminal(id, granted);
  }
  std::uint32_t peak_memory_kib(EnvironmentId id) override { return of(id).peak_memory_kib(id); }
  std::size_t process_count() const override {
    return python_.process_count() + program_.process_count() + managed_.process_count();
  }

 private:
  runtime::Runtime& of(EnvironmentId id);

  runtime::Runtime& python_;
  runtime::Runtime& program_;
  runtime::Runtime& managed_;               // Programs that serve several invocations at once.
  std::vector<runtime::Runtime*> started_;  // Who started it, by EnvironmentId::index.
};

}  // namespace smyth::live
