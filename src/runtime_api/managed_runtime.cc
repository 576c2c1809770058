#include "runtime_api/managed_runtime.h"

#include "base/check.h"
#include "runtime/processes.h"
#include "runtime_api/managed_environment.h"

#include <utility>

namespace smyth::runtime_api {

ManagedRuntime::ManagedRuntime(boost::asio::io_context& loop, runtime::Processes& processes)
    : loop_(loop), processes_(processes) {}

ManagedRuntime::~ManagedRuntime() = default;

ManagedEnvironment* ManagedRuntime::find(EnvironmentId id) {
  if (id.index >= entries_.size()) return nullptr;
  const Entry& found = entries_[id.index];
  return found.id == id ? found.environment.get() : nullptr;
}

void ManagedRuntime::start(EnvironmentId id, const runtime::StartSpec& spec) {
  SMYTH_CHECK(events_);
  std::erase_if(shared_, [](const auto& kept) { return !kept.second->can_join(); });
  auto& environment = shared_[spec.shared];
  if (!environment) {
    environment = std::make_shared<ManagedEnvironment>(loop_, processes_, *events_, spec.capacity);
    environment->start(id, spec);
  }
  if (entries_.size() <= id.index) entries_.resize(id.index + 1);
  entries_[id.index] = {.id = id, .environment = environment};
  environment->add(id);
}

void ManagedRuntime::deliver(EnvironmentId id, const runtime::Delivery& delivery) {
  if (ManagedEnvironment* environment = find(id)) environment->deliver(id, delivery);
}

void ManagedRuntime::kill(EnvironmentId id) {
  if (!find(id)) return;
  const auto environment = std::exchange(entries_[id.index].environment, {});
  environment->remove(id);
}

std::uint32_t ManagedRuntime::peak_memory_kib(EnvironmentId id) {
  const ManagedEnvironment* environment = find(id);
  return environment ? environment->peak_memory_kib() : 0;
}

}  // namespace smyth::runtime_api
