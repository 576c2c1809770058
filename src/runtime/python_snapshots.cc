// Snapshots: environments of Python that go on from an init that ran once (runtime.h, frame.h).
#include "base/check.h"
#include "runtime/python_runtime.h"
#include "runtime/start_frame.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace smyth::runtime {

// --- Orders ---

void PythonRuntime::start_with_snapshot(EnvironmentId id, const StartSpec& spec) {
  auto found = snapshots_.find(spec.snapshot);
  if (found != snapshots_.end() && found->second.is_ready &&
      !processes_->can_restore(*found->second.process)) {  // Its end is not told yet.
    lose_snapshot(*found->second.process);
    found = snapshots_.end();
  }
  Snapshot& snapshot = found == snapshots_.end() ? snapshots_[spec.snapshot] : found->second;
  if (snapshot.is_ready) {
    restore(snapshot, id, spec);
    boost::asio::post(processes_->loop(), [this, id] {
      if (find(id)) events_->on_restoring(id);
    });
    return;
  }
  snapshot.waiting.push_back({.id = id, .spec = spec});
  if (!snapshot.process) initialise(snapshot);
}

void PythonRuntime::initialise(Snapshot& snapshot) {
  const EnvironmentId id = snapshot.waiting.front().id;
  StartSpec spec = snapshot.waiting.front().spec;
  auto limit = processes_->memory().make(spec.memory_limit);
  const std::string group = limit ? limit->joining_file() : std::string{};
  snapshot.mounts = processes_->tmp().mounts_of_snapshot(spec, processes_->package());
  snapshot.process = processes_->start_snapshot(start_frame(spec, group, snapshot.mounts), *this);
  snapshot.process->give_to(id);
  processes_->memory().hold(snapshot.process, std::move(limit));
  processes_->cpu().hold(snapshot.process, spec.cpu_limit);
  environments_[id.index].process = snapshot.process;
  boost::asio::post(processes_->loop(), [this, id] {
    if (find(id)) events_->on_initialising(id);
  });
}

void PythonRuntime::restore(const Snapshot& snapshot, EnvironmentId id, const StartSpec& spec) {
  Environment& environment = environments_[id.index];
  StartSpec own = spec;
  auto limit = processes_->memory().make(spec.memory_limit);
  const std::string group = limit ? limit->joining_file() : std::string{};
  const Mounts mounts = processes_->tmp().mounts_of(id, own, processes_->package());
  environment.process = processes_->restore(*snapshot.process, {id.index, id.generation},
                                            start_frame(own, group, mounts), *this);
  environment.process->give_to(id);
  processes_->memory().hold(environment.process, std::move(limit));
  processes_->cpu().hold(environment.process, spec.cpu_limit);
  const double seconds = spec.restore_timeout;
  if (seconds <= 0) return;
  environment.restore_limit = std::make_unique<boost::asio::steady_timer>(processes_->loop());
  environment.restore_limit->expires_after(
      std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
  environment.restore_limit->async_wait(
      [this, id, seconds](const boost::system::error_code& error) {
        if (!error) restore_takes_too_long(id, seconds);
      });
}

void PythonRuntime::forget_snapshot(std::string_view name) {
  const auto found = snapshots_.find(name);
  if (found == snapshots_.end()) return;
  if (!found->second.is_ready) {
    found->second.is_forgotten = true;  // Some wait for it.
    return;
  }
  const auto process = found->second.process;
  lose_snapshot(*process);
  processes_->retire(*process);
}

// The environment whose init it was has been killed: those that waited for it have another one run.
void PythonRuntime::init_killed(const Process& process) {
  const auto of = snapshot_of(process);
  if (of == snapshots_.end()) return;
  Snapshot& snapshot = of->second;
  TmpFolders::remove(snapshot.mounts);
  snapshot.process.reset();
  snapshot.waiting.erase(snapshot.waiting.begin());
  if (snapshot.waiting.empty()) {
    snapshots_.erase(of);
  } else {
    initialise(snapshot);
  }
}

void PythonRuntime::stop_waiting(EnvironmentId id) {
  for (auto& [name, snapshot] : snapshots_) {
    std::erase_if(snapshot.waiting, [&](const Snapshot::Waiting& each) { return each.id == id; });
  }
}

// --- News ---

// What only a process says of which a snapshot is taken; nothing: it says what any environment
// does.
std::optional<bool> PythonRuntime::take_of_snapshot(Environment& environment, const Frame& frame) {
  const auto process = environment.process;
  const auto of = snapshot_of(*process);
  if (of == snapshots_.end()) return false;
  switch (frame.type) {
    case FrameType::ready:
      if (process->pending_bytes() > 0) return false;
      snapshot_ready(of);
      return true;
    case FrameType::left: {
      FrameBody body(frame.body);
      body.u32();
      body.text();
      if (!body.is_ok()) return false;
      events_->on_shared(environment.id, body.rest());
      return true;
    }
    case FrameType::failed: {
      const auto waiting = lose_snapshot(*process);
      if (!take_report(environment, frame)) return false;
      const Report report = report_;
      for (const EnvironmentId id : waiting) events_->on_init_failed(id, report);
      return true;
    }
    default:
      return std::nullopt;
  }
}

void PythonRuntime::snapshot_ready(Snapshots::iterator of) {
  Snapshot& snapshot = of->second;
  snapshot.is_ready = true;
  snapshot.process->give_to({});
  MemoryLimits::leave_to_group(*snapshot.process);
  const auto waiting = std::exchange(snapshot.waiting, {});
  for (const auto& [id, spec] : waiting) restore(snapshot, id, spec);
  if (snapshot.is_forgotten) forget_snapshot(of->first);
  for (const auto& [id, spec] : waiting) {
    if (find(id)) events_->on_restoring(id);
  }
}

void PythonRuntime::restore_takes_too_long(EnvironmentId id, double seconds) {
  if (!find(id)) return;
  Report report;
  report.max_rss_kib = peak_memory_kib(id);
  kill(id);
  const std::string document =
      fmt::format(R"({{"errorType":"Runtime.RestoreHookUserTimeout","errorMessage":)"
                  R"("The snapshot was not restored, hooks included, within {:.2f} seconds"}})",
                  seconds);
  report.document = document;
  events_->on_init_failed(id, report);
}

PythonRuntime::Snapshots::iterator PythonRuntime::snapshot_of(const Process& process) {
  return std::ranges::find_if(
      snapshots_, [&](const auto& entry) { return entry.second.process.get() == &process; });
}

// There is no such snapshot any more. Those that wait for it and have no process.
std::vector<EnvironmentId> PythonRuntime::lose_snapshot(const Process& process) {
  std::vector<EnvironmentId> ids;
  const auto of = snapshot_of(process);
  if (of == snapshots_.end()) return ids;
  TmpFolders::remove(of->second.mounts);
  for (const auto& [id, spec] : of->second.waiting) {
    if (id != process.environment()) ids.push_back(id);
  }
  snapshots_.erase(of);
  return ids;
}

}  // namespace smyth::runtime
