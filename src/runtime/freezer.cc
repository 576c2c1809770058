#include "runtime/freezer.h"

#include "runtime/process.h"

#include <utility>

namespace smyth::runtime {

namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

void Freezer::rest(const std::shared_ptr<Process>& process) {
  process->rests_since_ = Steady::now();
  process->has_rested_ = true;
  if (!std::exchange(process->is_watched_, true)) watched_.push_back(process);
  arm(process->rests_since_ + freeze_delay);
}

void Freezer::wake(Process& process) {
  process.rests_since_ = {};
  process.thaw();
}

void Freezer::arm(Steady::time_point due) {
  if (std::exchange(is_armed_, true)) return;
  timer_.expires_at(due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_armed_ = false;
    tick();
  });
}

void Freezer::tick() {
  const auto now = Steady::now();
  for (const auto& watched : std::exchange(watched_, {})) {
    const auto process = watched.lock();
    if (!process) continue;
    const bool is_due = process->is_at_rest() && process->rests_since_ + freeze_delay <= now;
    process->is_watched_ = !is_due && std::exchange(process->has_rested_, false);
    if (process->is_watched_) watched_.push_back(watched);
    if (!is_due) continue;
    // One that the zygote has not told of yet is looked at again.
    if (!process->freeze()) rest(process);
    if (process->is_told() && process->is_frozen()) {
      process->events_->on_frozen(*process, process->frozen_);
    }
  }
  if (!watched_.empty()) arm(now + busy_delay);
}

}  // namespace smyth::runtime
