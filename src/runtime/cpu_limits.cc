#include "runtime/cpu_limits.h"

#include "runtime/linux_process.h"
#include "runtime/process.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime {
namespace {

using Steady = std::chrono::steady_clock;

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
    const bool is_at_rest = process->is_frozen() && !limit.is_stopped;
    if (is_at_rest || process->rest_ != 0) {
      // Time in which it does nothing is not saved up, and the Freezer wakes it.
      limit.looked_at = {};
      limit.is_stopped = false;
      continue;
    }
    is_any_awake = true;
    if (process->pid() != 0) look_at(*process);
  }
  if (is_any_awake) arm();
}

void CpuLimits::look_at(Process& process) {
  CpuLimit& limit = *process.cpu_;
  const auto now = Steady::now();
  const Duration used = cpu_time(process.pid());
  if (limit.looked_at != Steady::time_point{}) {
    limit.left += part(now - limit.looked_at, limit.permille);
    limit.left -= std::max(used - limit.used, Duration{0});
    limit.left = std::min(limit.left, part(slice, limit.permille));
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
