#include "runtime/cpu_limits.h"

#include "runtime/linux_process.h"
#include "runtime/process.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime {
namespace {

using Steady = std::chrono::steady_clock;

// What it may catch up on, if others were given the processor in its time.
constexpr Duration saved_max = 5 * CpuLimits::slice;

Duration part(Duration whole, std::uint32_t permille) { return whole * permille / 1'000; }

}  // namespace

void CpuLimits::hold(const std::shared_ptr<Process>& process, std::uint32_t permille) {
  if (permille == 0) return;
  process->cpu_ = std::make_unique<CpuLimit>(CpuLimit{.permille = permille});
  held_.push_back(process);
  arm();
}

void CpuLimits::arm() {
  if (std::exchange(is_armed_, true)) return;
  timer_.expires_after(slice);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_armed_ = false;
    tick();
  });
}

void CpuLimits::tick() {
  std::erase_if(held_, [](const auto& held) { return held.expired(); });
  bool is_any_awake = false;
  for (const auto& entry : held_) {
    const auto process = entry.lock();
    if (!process || !process->is_told()) continue;
    CpuLimit& limit = *process->cpu_;
    if (limit.is_kernels) continue;
    // Stopped after its answer, it may have been woken for the next.
    limit.is_stopped &= process->is_frozen();
    const bool is_frozen = process->is_frozen() && !limit.is_stopped;
    if (is_frozen || process->is_at_rest()) {
      // Time in which it does nothing is not saved up. What the Freezer wakes is told of; what it
      // is about to freeze may go on untold.
      limit.looked_at = {};
      limit.is_stopped = false;
      is_any_awake |= !process->is_frozen();
      continue;
    }
    is_any_awake = true;
    if (process->pid() != 0 && !give_to_kernel(*process)) look_at(*process);
  }
  if (is_any_awake) arm();
}

// In a group for its memory it has to stay: that limits this, too, if both controllers have one
// hierarchy. Else the process, which runs already, gets a group of its own.
bool CpuLimits::give_to_kernel(Process& process) {
  CpuLimit& limit = *process.cpu_;
  if (std::exchange(limit.was_tried, true)) return false;
  ProcessGroup* memory = process.memory_ ? process.memory_->group.get() : nullptr;
  if (memory && memory->limit_cpu(limit.permille)) return limit.is_kernels = true;
  if (!place_) {
    place_ = find_group_place("cpu");
    if (*place_) remove_stale_groups(**place_);
  }
  // Version 2 has one hierarchy: in another group it would leave that of its memory.
  if (!*place_ || (memory && (*place_)->version == GroupVersion::two)) return false;
  limit.group = ProcessGroup::make(**place_);
  if (!limit.group || !limit.group->limit_cpu(limit.permille)) return false;
  for (const pid_t pid : tree_of(process.pid())) {
    limit.is_kernels = limit.group->take(pid) || limit.is_kernels;
  }
  return limit.is_kernels;
}

void CpuLimits::look_at(Process& process) {
  CpuLimit& limit = *process.cpu_;
  const auto now = Steady::now();
  const Duration used = cpu_time(process.pid());
  if (limit.looked_at != Steady::time_point{}) {
    limit.left += part(now - limit.looked_at, limit.permille);
    limit.left -= std::max(used - limit.used, Duration{0});
    limit.left = std::min(limit.left, part(saved_max, limit.permille));
  }
  limit.used = used;
  limit.looked_at = now;
  if (limit.left < Duration{0} && !limit.is_stopped) {
    limit.is_stopped = process.freeze();
  } else if (limit.left >= Duration{0} && limit.is_stopped) {
    limit.is_stopped = false;
    process.thaw();
  }
}

}  // namespace smyth::runtime
