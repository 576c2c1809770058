#include "runtime/python_runtime.h"

#include "base/check.h"
#include "runtime/linux_memory.h"
#include "runtime/module_lines.h"
#include "runtime/node.h"
#include "runtime/start_frame.h"

#include <algorithm>
#include <utility>

namespace smyth::runtime {
PythonRuntime::PythonRuntime(std::unique_ptr<Processes> processes)
    : processes_(std::move(processes)) {}

Result<std::unique_ptr<PythonRuntime>> PythonRuntime::open(boost::asio::io_context& loop,
                                                           Options options) {
  auto processes = Processes::open(loop, std::move(options));
  if (!processes) return std::unexpected(processes.error());
  return std::unique_ptr<PythonRuntime>(new PythonRuntime(std::move(*processes)));
}

PythonRuntime::Environment* PythonRuntime::find(EnvironmentId id) {
  if (id.index >= environments_.size()) return nullptr;
  Environment& found = environments_[id.index];
  return found.id == id && found.process ? &found : nullptr;
}

std::size_t PythonRuntime::process_count() const {
  const std::size_t stands_by = standby_ ? 1 : 0;
  return processes_->count(Role::environment) + processes_->count(Role::restored) +
         processes_->count(Role::framed) - stands_by;
}

// --- Orders ---

void PythonRuntime::start(EnvironmentId id, const StartSpec& spec) {
  SMYTH_CHECK(events_);
  if (environments_.size() <= id.index) environments_.resize(id.index + 1);
  Environment& environment = environments_[id.index];
  SMYTH_CHECK(!environment.process);
  environment = {
      .id = id, .phase = Phase::init, .is_paused = false, .freezes = spec.freeze, .process = {}};
  if (!spec.snapshot.empty()) return start_with_snapshot(id, spec);
  auto limit = processes_->memory().make(spec.memory_limit, spec.tmp_limit);
  const std::string group = limit ? limit->joining_file() : std::string{};
  StartSpec own = spec;
  if (spec.kind == Kind::node) {
    environment.process = start_node(id, own, group);
  } else {
    const Mounts mounts = processes_->tmp().mounts_of(id, own, processes_->package());
    environment.process = processes_->start({id.index, id.generation}, Role::environment,
                                            start_frame(own, group, mounts), *this);
  }
  environment.process->give_to(id);
  processes_->memory().hold(environment.process, std::move(limit));
  processes_->cpu().hold(environment.process, spec.cpu_limit);
}

// Node's own start takes longer than all else: the next environment finds it done.
std::shared_ptr<Process> PythonRuntime::start_node(EnvironmentId id, StartSpec& spec,
                                                   std::string_view group) {
  SMYTH_CHECK(!spec.command.empty());
  if (!spec.extensions.empty()) {
    // Its folder for /tmp is in use by its extensions already: one that stands by has another.
    Launch launch = node_launch(spec.command.front(), processes_->package(), spec.environ);
    launch.mounts = processes_->tmp().mounts_of(id, spec, processes_->package());
    auto process = processes_->launch(Role::framed, launch, {}, *this);
    process->send(start_frame(spec, group));
    return process;
  }
  stand_by(spec);
  if (processes_->tmp().is_kept(id)) {  // It has a /tmp, which cannot be given to another process.
    Launch launch = standby_launch_;
    launch.mounts = processes_->tmp().mounts_of(id, spec, processes_->package());
    auto process = processes_->launch(Role::framed, launch, {}, *this);
    process->send(start_frame(spec, group));
    return process;
  }
  auto process = std::exchange(standby_, nullptr);
  if (standby_mounts_.tmp.empty()) {
    processes_->tmp().mounts_of(id, spec, processes_->package());
  } else {
    processes_->tmp().adopt(id, spec, standby_mounts_);
  }
  process->send(start_frame(spec, group));
  return process;
}

void PythonRuntime::stand_by(const StartSpec& of) {
  StartSpec spec = of;
  // Each environment has its own, and they are no paths.
  spec.environ.erase("AWS_LAMBDA_LOG_STREAM_NAME");
  spec.environ.erase("AWS_LAMBDA_INITIALIZATION_TYPE");
  Launch wanted = node_launch(spec.command.front(), processes_->package(), spec.environ);
  // Its folder is its own; the others have to be the same.
  const bool is_like_it =
      standby_spec_.own_tmp == spec.own_tmp && standby_spec_.read_only == spec.read_only &&
      standby_spec_.opt == spec.opt && standby_spec_.tmp_limit == spec.tmp_limit &&
      standby_spec_.environ == spec.environ && standby_spec_.cwd == spec.cwd;
  if (standby_ && standby_launch_ == wanted && is_like_it) return;
  if (const auto old = std::exchange(standby_, nullptr)) {
    old->kill();
    TmpFolders::remove(standby_mounts_);
  }
  standby_launch_ = std::move(wanted);
  standby_spec_ = std::move(spec);
  stand_by();
}

void PythonRuntime::stand_by() {
  if (standby_) return;
  standby_mounts_ = processes_->tmp().mounts_ahead(standby_spec_, processes_->package());
  Launch launch = standby_launch_;
  launch.mounts = standby_mounts_;
  standby_ = processes_->launch(Role::framed, launch, {}, *this);
}

void PythonRuntime::deliver(EnvironmentId id, const Delivery& delivery) {
  Environment* environment = find(id);
  if (!environment) return;
  SMYTH_CHECK(environment->phase == Phase::idle);
  environment->phase = Phase::busy;
  processes_->tmp().keep(id, environment->process->pid());
  processes_->freezer().wake(*environment->process);
  frame_.clear();
  if (!delivery.config_json.empty()) {
    FrameWriter(frame_, FrameType::config).rest(delivery.config_json).seal();
  }
  FrameWriter(frame_, FrameType::invoke)
      .i64(delivery.deadline_unix_ms)
      .u64(delivery.task_counter)
      .f64(delivery.last_used_unix_s)
      .text(delivery.request_id)
      .text(delivery.invoked_arn)
      .text(delivery.client_context)
      .text(delivery.identity)
      .text(delivery.trace_id)
      .text(delivery.context)
      .seal(delivery.event.size());
  environment->process->send(frame_, delivery.event);
}

void PythonRuntime::kill(EnvironmentId id) {
  Environment* environment = find(id);
  if (!environment) {
    stop_waiting(id);
    return;
  }
  const auto process = environment->process;
  environment->restore_limit.reset();
  process->kill();
  if (Environment* killed = find(id)) killed->process.reset();
  if (process->role() == Role::snapshot) init_killed(*process);
}

std::uint32_t PythonRuntime::peak_memory_kib(EnvironmentId id) {
  const Environment* environment = find(id);
  return environment ? runtime::peak_memory_kib(environment->process->pid()) : 0;
}

std::shared_ptr<Process> PythonRuntime::process(EnvironmentId id) {
  const Environment* environment = find(id);
  return environment ? environment->process : nullptr;
}

std::shared_ptr<Process> PythonRuntime::release(EnvironmentId id) {
  Environment* environment = find(id);
  return environment ? std::exchange(environment->process, nullptr) : nullptr;
}

void PythonRuntime::grant_terminal(EnvironmentId id, bool granted) {
  Environment* environment = find(id);
  if (!environment || !environment->is_paused) return;
  if (!granted) environment->is_paused = false;
  frame_.clear();
  FrameWriter(frame_, FrameType::resume).rest(granted ? "1" : "0").seal();
  environment->process->send(frame_);
}

// --- News ---

void PythonRuntime::on_frame(Process& process, const Frame& frame) {
  Environment* environment = find(process.environment());
  if (environment && !take(*environment, frame)) process.break_off();
}

bool PythonRuntime::take(Environment& environment, const Frame& frame) {
  const Phase phase = environment.phase;
  if (environment.process->role() == Role::snapshot) {
    if (const auto taken = take_of_snapshot(environment, frame)) return *taken;
  }
  switch (frame.type) {
    case FrameType::ready:
    case FrameType::failed:
      return phase == Phase::init && take_report(environment, frame);
    case FrameType::result:
    case FrameType::error:
    case FrameType::last:
      return phase == Phase::busy && take_report(environment, frame);
    case FrameType::left: {
      FrameBody body(frame.body);
      body.u32();
      body.text();
      if (phase != Phase::busy || !body.is_ok()) return false;
      events_->on_left_running(environment.id, body.rest());
      return true;
    }
    case FrameType::pause:
      return take_pause(environment);
    case FrameType::proceed: {
      if (!std::exchange(environment.is_paused, false)) return false;
      events_->on_proceed(environment.id);
      return true;
    }
    case FrameType::start:
    case FrameType::invoke:
    case FrameType::config:
    case FrameType::resume:
    case FrameType::prepare:
    case FrameType::prepared:
    case FrameType::choose:
    case FrameType::chosen:
    case FrameType::alive:
    case FrameType::fork:
    case FrameType::forked:
    case FrameType::exited:
      break;
  }
  return false;
}

bool PythonRuntime::take_report(Environment& environment, const Frame& frame) {
  // After its answer an environment waits: what stands behind it would be taken for the next
  // answer.
  if (environment.process->pending_bytes() > 0) return false;
  FrameBody body(frame.body);
  report_.max_rss_kib = body.u32();
  const std::string_view modules = body.text();
  report_.document = body.rest();
  if (!body.is_ok() || !read_modules(modules, report_.modules)) return false;
  const bool is_last = frame.type == FrameType::last;
  environment.phase = is_last ? Phase::ending : Phase::idle;
  environment.is_paused = false;
  if (environment.freezes && !is_last) processes_->freezer().rest(environment.process);
  environment.restore_limit.reset();
  const EnvironmentId id = environment.id;
  switch (frame.type) {
    case FrameType::ready:
      if (environment.process->role() == Role::framed && !standby_launch_.words.empty()) stand_by();
      events_->on_ready(id, report_);
      break;
    case FrameType::failed:
      events_->on_init_failed(id, report_);
      break;
    case FrameType::result:
      events_->on_result(id, report_);
      break;
    case FrameType::last:
      events_->on_answered(id, report_, true);
      break;
    default:
      events_->on_error(id, report_);
      break;
  }
  return true;
}

bool PythonRuntime::take_pause(Environment& environment) {
  if (std::exchange(environment.is_paused, true)) return false;
  environment.restore_limit.reset();       // Whoever debugs a hook is given the time.
  if (environment.phase == Phase::idle) {  // A thread that outlived its invocation.
    grant_terminal(environment.id, false);
  } else {
    events_->on_pause(environment.id);
  }
  return true;
}

void PythonRuntime::on_line(Process& process, std::string_view line) {
  const EnvironmentId id = process.environment();
  if (find(id)) events_->on_output(id, line);
}

void PythonRuntime::on_end(Process& process, ExitStatus status) {
  for (const EnvironmentId id : all_of(process)) events_->on_exit(id, status);
}

void PythonRuntime::on_spawn_failed(Process& process, const Error& error) {
  for (const EnvironmentId id : all_of(process)) events_->on_spawn_failed(id, error);
}

// Whose end the end of this process is; they have none any more.
std::vector<EnvironmentId> PythonRuntime::all_of(const Process& process) {
  if (&process == standby_.get()) standby_.reset();
  std::vector<EnvironmentId> ids;
  if (process.role() == Role::snapshot) ids = lose_snapshot(process);
  if (Environment* environment = find(process.environment())) {
    environment->restore_limit.reset();
    environment->process.reset();
    ids.insert(ids.begin(), environment->id);
  }
  return ids;
}

}  // namespace smyth::runtime
