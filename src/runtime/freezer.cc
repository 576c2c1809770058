#include "runtime/freezer.h"

#include "runtime/process.h"

#include <utility>

namespace smyth::runtime {

namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

void Freezer::rest(const std::shared_ptr<Process>& process) {
  process->rest_ = ++rests_;
  resting_.push_back({process, rests_, Steady::now() + freeze_delay});
  arm();
}

void Freezer::wake(Process& process) {
  process.rest_ = 0;
  process.thaw();
}

void Freezer::arm() {
  if (std::exchange(is_armed_, true)) return;
  timer_.expires_at(resting_.front().due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_armed_ = false;
    tick();
  });
}

void Freezer::tick() {
  const auto now = Steady::now();
  while (!resting_.empty() && resting_.front().due <= now) {
    const auto process = resting_.front().process.lock();
    const bool rests_still = process && process->rest_ == resting_.front().number;
    resting_.pop_front();
    if (!rests_still) continue;
    // One that the zygote has not told of yet is looked at again.
    if (!process->freeze()) rest(process);
    if (process->is_told() && process->is_frozen()) {
      process->events_->on_frozen(*process, process->frozen_);
    }
  }
  // Entries of those that were woken meanwhile are no reason to wake for.
  while (!resting_.empty()) {
    const auto process = resting_.front().process.lock();
    if (process && process->rest_ == resting_.front().number) break;
    resting_.pop_front();
  }
  if (!resting_.empty()) arm();
}

}  // namespace smyth::runtime
