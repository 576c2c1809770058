#include "runtime/processes.h"

#include "runtime/linux_process.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace smyth::runtime {
namespace {

// From the end of a process's stream, or our SIGKILL, to its being reaped takes a millisecond or
// two, and so does a fork.
constexpr std::chrono::milliseconds word_expected_within{200};
constexpr std::chrono::milliseconds sweep_every{1};
// In the place of an environment's number.
constexpr std::uint32_t launched_index = 0xffff'fffe;
constexpr std::uint32_t snapshot_index = 0xffff'fffd;
constexpr int last_sweeps_max = 500;

ExitStatus exit_status(int wait_status, std::uint32_t max_rss_kib) {
  const bool signalled = WIFSIGNALED(wait_status);
  return {.signalled = signalled,
          .code = signalled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
          .max_rss_kib = max_rss_kib};
}

}  // namespace

Processes::Processes(boost::asio::io_context& loop, Zygote::Program program)
    : loop_(loop),
      program_(std::move(program)),
      output_poll_(loop),
      freezer_(loop),
      memory_(loop),
      cpu_(loop),
      insist_timer_(loop),
      sweep_timer_(loop) {
  const auto before = children_of(::getpid());
  foreign_.insert(before.begin(), before.end());
}

Result<std::unique_ptr<Processes>> Processes::open(boost::asio::io_context& loop,
                                                   Zygote::Program program) {
  become_subreaper();
  std::unique_ptr<Processes> processes(new Processes(loop, std::move(program)));
  if (processes->program_.python.empty()) return processes;
  if (auto started = processes->need_zygote(); !started) return std::unexpected(started.error());
  return processes;
}

Processes::~Processes() {
  for (const auto& [id, process] : processes_) {
    process->state_ = Process::State::gone;
    process->close();
  }
  zygote_.reset();
  launcher_.reset();
  for (int turn = 0; turn < last_sweeps_max && kill_unknown(); ++turn) ::usleep(1'000);
}

Result<void> Processes::need_zygote() {
  if (zygote_) return {};
  if (program_.python.empty()) {
    auto found = program_.find_python();
    if (!found) return std::unexpected(found.error());
    program_.python = *found;
  }
  auto zygote = Zygote::start(loop_, program_, *this);
  if (!zygote) return std::unexpected(zygote.error());
  zygote_ = std::move(*zygote);
  return {};
}

Result<void> Processes::need_launcher() {
  if (launcher_) return {};
  auto launcher = Zygote::start_launcher(loop_, *this);
  if (!launcher) return std::unexpected(launcher.error());
  launcher_ = std::move(*launcher);
  return {};
}

std::shared_ptr<Process> Processes::start(ForkId id, Role role, std::string_view start_frame,
                                          ProcessEvents& events) {
  auto process = std::make_shared<Process>(*this, id, role, events);
  begin(process, start_frame);
  return process;
}

std::shared_ptr<Process> Processes::launch(Role role, const Launch& launch,
                                           std::string_view start_frame, ProcessEvents& events) {
  const ForkId id{launched_index, ++launched_};
  auto process = std::make_shared<Process>(*this, id, role, events);
  process->launch_ = pack(launch);
  begin(process, start_frame);
  return process;
}

void Processes::begin(const std::shared_ptr<Process>& process, std::string_view start_frame) {
  const ForkId id = process->id();
  processes_[id] = process;
  auto asked = need_zygote_of(*process);
  if (asked) asked = process->ask(start_frame);
  if (asked) return expect_word();
  boost::asio::post(loop_, [this, id, error = asked.error()] {
    if (const auto failed = forget(id)) failed->spawn_failed(error);
  });
}

std::shared_ptr<Process> Processes::start_snapshot(std::string_view start_frame,
                                                   ProcessEvents& events) {
  return start({snapshot_index, ++snapshots_made_}, Role::snapshot, start_frame, events);
}

std::shared_ptr<Process> Processes::restore(const Process& snapshot, ForkId id,
                                            std::string_view start_frame, ProcessEvents& events) {
  auto process = std::make_shared<Process>(*this, id, Role::restored, events);
  process->from_ = snapshot.id();
  begin(process, start_frame);
  return process;
}

Result<void> Processes::need_zygote_of(const Process& process) {
  if (is_launched(process.role())) return need_launcher();
  if (!process.from_ || snapshots_.contains(*process.from_)) return need_zygote();
  return fail("its snapshot has ended");
}

Zygote* Processes::zygote_of(const Process& process) const {
  if (process.from_) return snapshots_.at(*process.from_).zygote.get();
  return is_launched(process.role()) ? launcher_.get() : zygote_.get();
}

std::size_t Processes::count(Role role) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      processes_, [&](const auto& entry) { return entry.second->role() == role; }));
}

std::shared_ptr<Process> Processes::forget(ForkId id) {
  const auto found = processes_.find(id);
  if (found == processes_.end()) return nullptr;
  auto process = std::move(found->second);
  processes_.erase(found);
  if (const auto from = process->from_) end_if_unused(*from);
  return process;
}

// --- Snapshots ---

void Processes::retire(const Process& snapshot) {
  const auto found = snapshots_.find(snapshot.id());
  if (found == snapshots_.end()) return;
  found->second.is_retired = true;
  end_if_unused(snapshot.id());
}

void Processes::end_if_unused(ForkId snapshot) {
  const auto found = snapshots_.find(snapshot);
  if (found == snapshots_.end() || !found->second.is_retired) return;
  const bool is_used = std::ranges::any_of(
      processes_, [&](const auto& entry) { return entry.second->from_ == snapshot; });
  if (is_used) return;
  if (const auto process = processes_.find(snapshot); process != processes_.end()) {
    const auto ended = process->second;
    ended->kill();
  }
}

// It is dead, and so are they: its death is theirs, and the zygote has killed what was left.
void Processes::end_restored_from(ForkId snapshot) {
  std::vector<ForkId> ids;
  for (const auto& [id, process] : processes_) {
    if (process->from_ == snapshot) ids.push_back(id);
  }
  for (const ForkId id : ids) {
    if (const auto process = forget(id)) {
      process->exited({.signalled = true, .code = SIGKILL});
    }
  }
}

// --- The zygote's news ---

void Processes::on_forked(ForkId id, pid_t pid) {
  const auto found = processes_.find(id);
  if (found != processes_.end()) found->second->forked(pid);
}

void Processes::on_fork_failed(ForkId id, std::string_view why) {
  const auto process = forget(id);
  if (!process) return;
  if (!is_launched(process->role())) {
    return process->spawn_failed(
        {ErrorCode::failed, fmt::format("cannot fork a Python process: {}", why), {}});
  }
  const bool is_users = why.starts_with("fork/exec ") || why.starts_with("chdir ");
  process->spawn_failed({is_users ? ErrorCode::misused : ErrorCode::failed, std::string(why), {}});
}

void Processes::on_exited(ForkId id, int wait_status, std::uint32_t max_rss_kib) {
  const auto snapshot = snapshots_.extract(id);
  if (!snapshot.empty()) {
    const auto zygote = snapshot.mapped().zygote;
    boost::asio::post(loop_, [zygote] {});  // Its socket may still have something to call it for.
    zygote->hear_last();
  }
  if (const auto process = forget(id)) process->exited(exit_status(wait_status, max_rss_kib));
  if (!snapshot.empty()) end_restored_from(id);
}

Error Processes::cannot_start(std::string_view why) const {
  return {ErrorCode::failed,
          fmt::format("`{}` does not start: {}", program_.python.string(),
                      why.empty() ? "it ended without a word" : why),
          "set `python` in the configuration to an interpreter of version 3.9 or newer"};
}

void Processes::on_zygote_lost(const Zygote& zygote, std::string_view why) {
  const bool is_launcher = &zygote == launcher_.get();
  const std::shared_ptr<Zygote> lost = std::move(is_launcher ? launcher_ : zygote_);
  boost::asio::post(loop_, [lost] {});  // We are called by it.
  const bool was_ready = lost->was_ready();
  if (was_ready && !is_launcher) program_.python = lost->executable();
  const Error error = cannot_start(why);
  if (!is_launcher) {
    boost::asio::post(loop_, [dead = std::exchange(snapshots_, {})] {});
  }
  std::vector<ForkId> ids;
  ids.reserve(processes_.size());
  for (const auto& [id, process] : processes_) ids.push_back(id);
  for (const ForkId id : ids) {
    const auto found = processes_.find(id);
    if (found == processes_.end()) continue;
    const auto process = found->second;
    if (is_launched(process->role()) != is_launcher) continue;
    if (process->pid_ != 0) {
      orphans_[id] = process->pid_;
      process->signal_death();
      continue;
    }
    if (process->from_) {
      forget(id)->exited({.signalled = true, .code = SIGKILL});
      continue;
    }
    const bool is_wanted = process->state_ == Process::State::asked && was_ready;
    if (is_wanted && need_zygote_of(*process) && process->ask_again()) continue;
    forget(id)->spawn_failed(error);
  }
  sweep();
}

// --- Ends ---

void Processes::expect_word() {
  if (is_insisting_) return;
  is_insisting_ = true;
  insist_timer_.expires_after(word_expected_within);
  insist_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_insisting_ = false;
    insist();
  });
}

// A process whose stream has ended but which lives on is killed; one that was killed and is still
// there is killed again. The zygote is woken: stopped by a signal it would tell of nothing, and
// nothing else keeps it from telling.
void Processes::insist() {
  bool is_any_left = false;
  for (const auto& [id, process] : processes_) {
    const bool is_killed =
        process->state_ == Process::State::broken || process->state_ == Process::State::killed;
    const bool has_ended = process->rounds_after_stream_ > 0;
    if (is_killed || (has_ended && process->rounds_after_stream_++ > 1)) process->signal_death();
    const bool is_asked = process->state_ == Process::State::asked;
    is_any_left = is_any_left || is_killed || has_ended || is_asked;
  }
  if (!is_any_left) return;
  for (const Zygote* zygote : {zygote_.get(), launcher_.get()}) {
    if (zygote) zygote->wake();
  }
  for (const auto& [id, snapshot] : snapshots_) {
    const auto found = processes_.find(id);
    if (found != processes_.end()) send_signal(found->second->pidfd_, SIGCONT);
  }
  expect_word();
}

void Processes::sweep() {
  std::vector<std::pair<ForkId, int>> ended;
  for (const auto& [id, pid] : orphans_) {
    if (const auto status = reap(pid)) ended.emplace_back(id, *status);
  }
  for (const auto& [id, status] : ended) orphans_.erase(id);
  for (const auto& [id, status] : ended) on_exited(id, status, 0);
  if (!kill_unknown() && orphans_.empty()) return;
  sweep_timer_.expires_after(sweep_every);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

// Whether there were any.
bool Processes::kill_unknown() {
  bool is_any = false;
  for (const pid_t child : children_of(::getpid())) {
    const bool is_zygote =
        (zygote_ && child == zygote_->pid()) || (launcher_ && child == launcher_->pid());
    const bool is_orphan =
        std::ranges::any_of(orphans_, [&](const auto& orphan) { return orphan.second == child; });
    if (is_zygote || is_orphan || foreign_.contains(child)) continue;
    is_any = true;
    kill_tree(child);
    reap(child);
  }
  return is_any;
}

}  // namespace smyth::runtime
