#include "runtime_api/program_runtime.h"

#include "base/check.h"
#include "runtime/processes.h"
#include "runtime_api/api_address.h"
#include "runtime_api/program_environment.h"

#include <utility>

namespace smyth::runtime_api {

ProgramRuntime::ProgramRuntime(boost::asio::io_context& loop, runtime::Processes& processes)
    : loop_(loop), processes_(processes) {}

ProgramRuntime::~ProgramRuntime() = default;

ProgramEnvironment* ProgramRuntime::find(EnvironmentId id) {
  if (id.index >= entries_.size()) return nullptr;
  const Entry& found = entries_[id.index];
  return found.id == id ? found.environment.get() : nullptr;
}

void ProgramRuntime::start(EnvironmentId id, const runtime::StartSpec& spec) {
  SMYTH_CHECK(events_ && address_);
  if (entries_.size() <= id.index) entries_.resize(id.index + 1);
  const auto environment = std::make_shared<ProgramEnvironment>(loop_, processes_, *events_, id,
                                                                std::exchange(address_, nullptr));
  entries_[id.index] = {.id = id, .environment = environment};
  environment->start(spec);
}

void ProgramRuntime::deliver(EnvironmentId id, const runtime::Delivery& delivery) {
  if (ProgramEnvironment* environment = find(id)) environment->deliver(delivery);
}

void ProgramRuntime::kill(EnvironmentId id) {
  if (!find(id)) return;
  const auto environment = std::move(entries_[id.index].environment);
  environment->kill();
}

void ProgramRuntime::stop(EnvironmentId id) {
  kill(id);
  processes_.tmp().remove(id);
}

std::uint32_t ProgramRuntime::peak_memory_kib(EnvironmentId id) {
  const ProgramEnvironment* environment = find(id);
  return environment ? environment->peak_memory_kib() : 0;
}

std::shared_ptr<runtime::Process> ProgramRuntime::process(EnvironmentId id) {
  const ProgramEnvironment* environment = find(id);
  return environment ? environment->process() : nullptr;
}

std::shared_ptr<runtime::Process> ProgramRuntime::release(EnvironmentId id) {
  if (!find(id)) return nullptr;
  const auto environment = std::move(entries_[id.index].environment);
  return environment->release();
}

std::size_t ProgramRuntime::process_count() const {
  return processes_.count(runtime::Role::program);
}

}  // namespace smyth::runtime_api
