// The end of an ExtendedEnvironment: its shutdown phase, where it has one.

#include "runtime/processes.h"
#include "runtime_api/extended_environment.h"
#include "runtime_api/extended_runtime.h"
#include "runtime_api/program_launch.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {

Duration ExtendedEnvironment::shutdown_budget() const {
  if (phase_ == Phase::gone || !api_.is_any()) return Duration{0};
  return api_.is_any_external() ? shutdown_budget_external : shutdown_budget_internal;
}

void ExtendedEnvironment::kill(Tmp tmp) {
  if (phase_ == Phase::gone) return;
  const auto self = shared_from_this();
  if (phase_ == Phase::leaving) return leave();
  if (has_runtime_) owner_.parts().inner.kill(id_);
  has_runtime_ = false;
  const auto externals = std::exchange(externals_, {});
  for (const External& each : externals) {
    if (each.process) each.process->kill();
  }
  if (tmp == Tmp::removed) owner_.parts().processes.tmp().remove(id_);
  close();
}

bool ExtendedEnvironment::end(ShutdownReason reason, Tmp tmp, Clock::time_point latest) {
  const Duration budget = shutdown_budget();
  const bool is_any_process =
      has_runtime_ ||
      std::ranges::any_of(externals_, [](const External& each) { return each.process != nullptr; });
  if (budget == Duration{0} || !is_any_process || phase_ == Phase::waiting) {
    kill(tmp);
    return false;
  }
  reason_ = reason;
  latest_ = std::min(latest, Clock::now() + budget);
  ready_.reset();
  auto runtime = has_runtime_ ? owner_.parts().inner.process(id_) : nullptr;
  const bool is_asked = runtime && runtime->pid() != 0 && reason == ShutdownReason::spindown;
  if (is_asked) {
    runtime_ = owner_.parts().inner.release(id_);
    runtime_->hand_over(*this);
  } else if (has_runtime_) {
    owner_.parts().inner.kill(id_);
  }
  has_runtime_ = false;
  phase_ = Phase::leaving;
  if (tmp == Tmp::removed) folder_ = owner_.parts().processes.tmp().release(id_);
  for (const External& each : externals_) {
    if (each.process) owner_.parts().processes.freezer().wake(*each.process);
  }
  if (telemetry()) telemetry()->wake(id_);
  if (!is_asked) {
    end_runtime();
    return phase_ == Phase::leaving;
  }
  owner_.parts().processes.freezer().wake(*runtime_);
  runtime_->terminate();
  const auto left = latest_ - Clock::now();
  timer_.expires_at(api_.is_any_external() ? latest_ - left * 7 / 10 : latest_);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->end_runtime();
  });
  return true;
}

// It has ended, or had its time.
void ExtendedEnvironment::end_runtime() {
  if (phase_ != Phase::leaving || std::exchange(is_flushed_, true)) return;
  if (const auto runtime = std::exchange(runtime_, nullptr)) runtime->kill();
  timer_.expires_at(latest_);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->phase_ == Phase::leaving) self->leave();
  });
  if (!telemetry()) return shut_down_extensions();
  telemetry()->flush(id_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->shut_down_extensions();
  });
}

void ExtendedEnvironment::shut_down_extensions() {
  if (phase_ != Phase::leaving || std::exchange(are_told_, true)) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(latest_ - Clock::now());
  api_.shut_down(reason_, unix_ms() + std::max<std::int64_t>(left.count(), 0));
  for (const Extension& each : api_.all()) {
    if (!each.is_external || each.wants_shutdown) continue;
    const auto found = std::ranges::find(externals_, each.name, &External::name);
    if (found == externals_.end()) continue;
    if (const auto process = std::exchange(found->process, nullptr)) process->kill();
  }
  leave_if_empty();
}

void ExtendedEnvironment::leave_if_empty() {
  const bool is_any =
      std::ranges::any_of(externals_, [](const External& each) { return each.process != nullptr; });
  if (are_told_ && !is_any && !runtime_) leave();
}

void ExtendedEnvironment::leave() {
  const auto self = shared_from_this();
  if (const auto runtime = std::exchange(runtime_, nullptr)) runtime->kill();
  for (External& each : externals_) {
    if (const auto process = each.process) process->kill();
    each.process.reset();
  }
  runtime::TmpFolders::remove(folder_);
  close();
  owner_.has_left(*this);
  if (const auto successor = successor_.lock()) successor->start();
}

void ExtendedEnvironment::close() {
  phase_ = Phase::gone;
  if (telemetry()) telemetry()->end(id_);
  timer_.cancel();
  for (const std::string_view path : {extensions_path, telemetry_path, logs_path}) {
    address_->route(path, nullptr);
  }
  address_->close();
  // Perhaps from within a call of one of these.
  boost::asio::post(owner_.parts().loop, [self = shared_from_this()] {});
}

}  // namespace smyth::runtime_api
