#include "runtime/memory_limits.h"

#include "runtime/linux_process.h"
#include "runtime/process.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime {

std::unique_ptr<MemoryLimit> MemoryLimits::make(std::uint32_t mib) {
  if (mib == 0) return nullptr;
  if (!place_) {
    place_ = find_memory_place();
    if (*place_) remove_stale_groups(**place_);
  }
  auto limit = std::make_unique<MemoryLimit>();
  limit->bytes = std::uint64_t{mib} << 20;
  if (*place_) limit->group = MemoryGroup::make(**place_, limit->bytes);
  return limit;
}

void MemoryLimits::hold(const std::shared_ptr<Process>& process,
                        std::unique_ptr<MemoryLimit> limit) {
  if (!limit) return;
  process->memory_ = std::move(limit);
  held_.push_back(process);
  arm();
}

void MemoryLimits::look_soon() { arm(); }

void MemoryLimits::release(std::unique_ptr<MemoryGroup> group) {
  if (!group || group->remove()) return;
  leaving_.push_back(std::move(group));
  arm();
}

void MemoryLimits::arm() {
  if (std::exchange(is_armed_, true)) return;
  timer_.expires_after(look_every);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_armed_ = false;
    tick();
  });
}

void MemoryLimits::tick() {
  std::erase_if(held_, [](const auto& held) { return held.expired(); });
  std::erase_if(leaving_, [](const auto& group) { return group->remove(); });
  bool is_any_awake = !leaving_.empty();
  const auto held = held_;  // What is killed is told at once, and something else may be started.
  for (const auto& entry : held) {
    const auto process = entry.lock();
    if (!process || process->is_frozen()) continue;
    is_any_awake = true;
    if (look_at(*process)) process->break_off();
  }
  if (is_any_awake) arm();
}

// Whether the limit is passed.
bool MemoryLimits::look_at(Process& process) {
  MemoryLimit* limit = process.memory_.get();
  if (!limit || limit->is_passed || process.pid() == 0) return false;
  // What it had before it joined, as Node its own start, counts in no group.
  limit->is_passed = (limit->group && limit->group->has_killed()) ||
                     resident_bytes(process.pid(), limit->bytes) > limit->bytes;
  return limit->is_passed;
}

}  // namespace smyth::runtime
