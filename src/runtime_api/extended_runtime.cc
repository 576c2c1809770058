#include "runtime_api/extended_runtime.h"

#include "base/check.h"
#include "runtime/processes.h"
#include "runtime_api/program_runtime.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {

using Tmp = ExtendedEnvironment::Tmp;
using Clock = ExtendedEnvironment::Clock;

ExtendedRuntime::ExtendedRuntime(Parts parts) : parts_(std::move(parts)) {}
ExtendedRuntime::~ExtendedRuntime() = default;

ExtendedEnvironment* ExtendedRuntime::find(EnvironmentId id) {
  if (id.index >= entries_.size() || !entries_[id.index]) return nullptr;
  ExtendedEnvironment* found = entries_[id.index].get();
  return found->id() == id ? found : nullptr;
}

// --- Orders ---

void ExtendedRuntime::start(EnvironmentId id, const runtime::StartSpec& spec) {
  SMYTH_CHECK(events_);
  if (entries_.size() <= id.index) entries_.resize(id.index + 1);
  entries_[id.index].reset();
  const bool has_address = spec.kind == runtime::Kind::program || !spec.extensions.empty();
  if (!has_address || spec.capacity > 1) return parts_.inner.start(id, spec);
  const auto environment = std::make_shared<ExtendedEnvironment>(*this, id, spec);
  entries_[id.index] = environment;
  const auto before =
      std::ranges::find(leaving_, spec.log_stream, &ExtendedEnvironment::log_stream);
  if (before != leaving_.end()) return environment->start_after(**before);
  environment->start();
}

void ExtendedRuntime::deliver(EnvironmentId id, const runtime::Delivery& delivery) {
  if (ExtendedEnvironment* environment = find(id)) return environment->deliver(delivery);
  parts_.inner.deliver(id, delivery);
}

void ExtendedRuntime::kill(EnvironmentId id) {
  if (!find(id)) return parts_.inner.kill(id);
  const Shared killed = std::exchange(entries_[id.index], nullptr);
  killed->kill(Tmp::kept);
}

void ExtendedRuntime::reset(EnvironmentId id, ShutdownReason reason) {
  if (!find(id)) return parts_.inner.reset(id, reason);
  end(id, reason, Tmp::kept);
}

void ExtendedRuntime::stop(EnvironmentId id) {
  if (!find(id)) return parts_.inner.stop(id);
  end(id, ShutdownReason::spindown, Tmp::removed);
}

void ExtendedRuntime::end(EnvironmentId id, ShutdownReason reason, Tmp tmp) {
  const Shared ended = std::exchange(entries_[id.index], nullptr);
  if (ended->end(reason, tmp, latest_end())) leaving_.push_back(ended);
}

void ExtendedRuntime::grant_terminal(EnvironmentId id, bool granted) {
  parts_.inner.grant_terminal(id, granted);
}

std::uint32_t ExtendedRuntime::peak_memory_kib(EnvironmentId id) {
  const ExtendedEnvironment* environment = find(id);
  return parts_.inner.peak_memory_kib(id) + (environment ? environment->peak_memory_kib() : 0);
}

std::size_t ExtendedRuntime::process_count() const {
  return parts_.inner.process_count() + parts_.processes.count(runtime::Role::extension);
}

// --- Shutdown ---

void ExtendedRuntime::leaves(ExtendedEnvironment& environment) {
  Shared& entry = entries_[environment.id().index];
  if (entry.get() == &environment) leaving_.push_back(std::exchange(entry, nullptr));
}

void ExtendedRuntime::has_left(ExtendedEnvironment& environment) {
  std::erase_if(leaving_, [&](const Shared& each) { return each.get() == &environment; });
}

Clock::time_point ExtendedRuntime::latest_end() const { return shutdown_until_; }

Duration ExtendedRuntime::begin_shutdown() {
  Duration longest{0};
  for (const auto* list : {&entries_, &leaving_}) {
    for (const Shared& each : *list) {
      if (each) longest = std::max(longest, each->shutdown_budget());
    }
  }
  shutdown_until_ = std::min(shutdown_until_, Clock::now() + longest);
  return longest;
}

void ExtendedRuntime::end_shutdown() {
  const auto leaving = std::exchange(leaving_, {});
  for (const Shared& each : leaving) each->kill(Tmp::removed);
}

// --- News ---

void ExtendedRuntime::on_ready(EnvironmentId id, const runtime::Report& report) {
  if (ExtendedEnvironment* environment = find(id)) return environment->runtime_ready(report);
  events_->on_ready(id, report);
}

void ExtendedRuntime::on_init_failed(EnvironmentId id, const runtime::Report& report) {
  events_->on_init_failed(id, report);
}

void ExtendedRuntime::on_result(EnvironmentId id, const runtime::Report& report) {
  if (ExtendedEnvironment* environment = find(id)) {
    return environment->runtime_finished(report, false);
  }
  events_->on_result(id, report);
}

void ExtendedRuntime::on_error(EnvironmentId id, const runtime::Report& report) {
  if (ExtendedEnvironment* environment = find(id)) {
    return environment->runtime_finished(report, true);
  }
  events_->on_error(id, report);
}

void ExtendedRuntime::on_answered(EnvironmentId id, const runtime::Report& report, bool is_error) {
  events_->on_answered(id, report, is_error);
}

void ExtendedRuntime::on_invocation_done(EnvironmentId id) {
  if (ExtendedEnvironment* environment = find(id)) return environment->runtime_done();
  events_->on_invocation_done(id);
}

void ExtendedRuntime::on_exit(EnvironmentId id, runtime::ExitStatus status) {
  if (ExtendedEnvironment* environment = find(id)) return environment->runtime_exited(status);
  events_->on_exit(id, status);
}

void ExtendedRuntime::on_spawn_failed(EnvironmentId id, const Error& error) {
  if (find(id)) {
    const Shared failed = std::exchange(entries_[id.index], nullptr);
    failed->kill(Tmp::kept);
  }
  events_->on_spawn_failed(id, error);
}

void ExtendedRuntime::on_left_running(EnvironmentId id, std::string_view what) {
  events_->on_left_running(id, what);
}

void ExtendedRuntime::on_pause(EnvironmentId id) { events_->on_pause(id); }

void ExtendedRuntime::on_proceed(EnvironmentId id) { events_->on_proceed(id); }

void ExtendedRuntime::on_output(EnvironmentId id, std::string_view line) {
  events_->on_output(id, line);
}

}  // namespace smyth::runtime_api
