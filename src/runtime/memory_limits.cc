#include "runtime/memory_limits.h"

#include "runtime/linux_process.h"
#include "runtime/process.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime {

std::unique_ptr<MemoryLimit> MemoryLimits::make(std::uint32_t mib, std::uint32_t tmp_mib) {
  if (mib == 0) return nullptr;
  if (!place_) {
    place_ = find_group_place("memory");
    if (*place_) remove_stale_groups(**place_);
  }
  auto limit = std::make_unique<MemoryLimit>();
  limit->bytes = std::uint64_t{mib} << 20;
  if (*place_) limit->group = ProcessGroup::make(**place_);
  const std::uint64_t files_bytes = std::uint64_t{tmp_mib} << 20;
  if (limit->group && !limit->group->limit_memory(limit->bytes + files_bytes)) limit->group.reset();
  return limit;
}

void MemoryLimits::hold(const std::shared_ptr<Process>& process,
                        std::unique_ptr<MemoryLimit> limit) {
  if (!limit) return;
  process->memory_ = std::move(limit);
  held_.push_back(process);
  arm();
}

void MemoryLimits::leave_to_group(Process& process) {
  if (process.memory_) process.memory_->is_looked_at = false;
}

void MemoryLimits::look_soon() { arm(); }

void MemoryLimits::release(std::unique_ptr<ProcessGroup> group) {
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
  std::erase_if(companions_, [](const auto& each) { return each.expired(); });
  std::erase_if(leaving_, [](const auto& group) { return group->remove(); });
  bool is_any_awake = !leaving_.empty();
  const auto held = held_;  // What is killed is told at once, and something else may be started.
  for (const auto& entry : held) {
    const auto process = entry.lock();
    if (!process || process->is_frozen() || !process->memory_->is_looked_at) continue;
    is_any_awake = true;
    look_at(process);
  }
  if (is_any_awake) arm();
}

void MemoryLimits::look_at(const std::shared_ptr<Process>& process) {
  MemoryLimit* limit = process->memory_.get();
  if (!limit || limit->is_passed || process->pid() == 0) return;
  std::uint64_t resident = resident_bytes(process->pid(), limit->bytes);
  std::uint64_t largest = resident;
  std::shared_ptr<Process> killed = process;
  for (const auto& entry : companions_) {
    const auto companion = entry.lock();
    const bool is_of_it = companion && companion->pid() != 0 && companion->environment() &&
                          companion->environment() == process->environment();
    if (!is_of_it) continue;
    const std::uint64_t own = resident_bytes(companion->pid(), limit->bytes);
    resident += own;
    if (own <= largest) continue;
    largest = own;
    killed = companion;
  }
  // What it had before it joined, as Node its own start, counts in no group.
  const bool has_group_killed = limit->group && limit->group->has_killed();
  if (!has_group_killed && resident <= limit->bytes) return;
  if (killed == process || has_group_killed) {
    limit->is_passed = true;
    killed = process;
  } else {  // It says why it ended.
    killed->memory_ = std::make_unique<MemoryLimit>(
        MemoryLimit{.bytes = limit->bytes, .group = nullptr, .is_passed = true});
  }
  killed->break_off();
}

}  // namespace smyth::runtime
