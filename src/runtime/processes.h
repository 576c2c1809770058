#pragma once

#include "base/result.h"
#include "runtime/cpu_limits.h"
#include "runtime/freezer.h"
#include "runtime/launch.h"
#include "runtime/linux_output_poll.h"
#include "runtime/memory_limits.h"
#include "runtime/process.h"
#include "runtime/tmp_folders.h"
#include "runtime/zygote.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string_view>

namespace smyth::runtime {

// All processes of the server, and the two that fork them: the zygote and the launcher, each begun
// when it is first needed. A process of the zygote's may become one that forks others: a snapshot.
//
// There is one of each at a time. When it dies, everything it forked dies (frame.h): that is reaped
// here and told as ended, what it had not forked yet is asked of the next one, and the next one is
// started when it is needed. Whatever lands on the server meanwhile is killed. With a snapshot all
// ends that is restored from it.
class Processes final : public ZygoteEvents {
 public:
  // Starts the zygote, without waiting for it.
  static Result<std::unique_ptr<Processes>> open(boost::asio::io_context& loop,
                                                 Zygote::Program program);
  ~Processes() override;  // Leaves no process behind.
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // A process that begins with `start_frame`. That it cannot be had is told later, as all events.
  std::shared_ptr<Process> start(ForkId id, Role role, std::string_view start_frame,
                                 ProcessEvents& events);

  // A program, which begins with `start_frame` if it speaks frames. Likewise.
  std::shared_ptr<Process> launch(Role role, const Launch& launch, std::string_view start_frame,
                                  ProcessEvents& events);

  // A process that, once it is ready, forks others from what it has become.
  std::shared_ptr<Process> start_snapshot(std::string_view start_frame, ProcessEvents& events);
  // One of these, which begins with `start_frame` too.
  std::shared_ptr<Process> restore(const Process& snapshot, ForkId id, std::string_view start_frame,
                                   ProcessEvents& events);
  // Whether it lives, as far as is known.
  bool can_restore(const Process& snapshot) const { return snapshots_.contains(snapshot.id()); }
  // Nothing more is restored from it: it is killed with the end of the last one that was.
  void retire(const Process& snapshot);

  Freezer& freezer() { return freezer_; }
  MemoryLimits& memory() { return memory_; }
  CpuLimits& cpu() { return cpu_; }
  TmpFolders& tmp() { return tmp_; }

  // Begins the launcher, which is cheapest while this process is small.
  Result<void> need_launcher();

  // Processes of a role that are not reaped yet.
  std::size_t count(Role role) const;

  boost::asio::io_context& loop() { return loop_; }
  // The folder with our own Python and JavaScript.
  const std::filesystem::path& package() const { return program_.package; }

  void on_forked(ForkId id, pid_t pid) override;
  void on_fork_failed(ForkId id, std::string_view why) override;
  void on_exited(ForkId id, int wait_status, std::uint32_t max_rss_kib) override;
  void on_zygote_lost(const Zygote& zygote, std::string_view why) override;

 private:
  friend Process;

  Processes(boost::asio::io_context& loop, Zygote::Program program);
  Result<void> need_zygote();
  struct Snapshot {
    std::shared_ptr<Zygote> zygote;  // Shared with its own call that tells of its last words.
    bool is_retired = false;
  };

  Result<void> need_zygote_of(const Process& process);
  Zygote* zygote_of(const Process& process) const;
  void end_if_unused(ForkId snapshot);
  void end_restored_from(ForkId snapshot);
  Error cannot_start(std::string_view why) const;
  void begin(const std::shared_ptr<Process>& process, std::string_view start_frame);
  std::shared_ptr<Process> forget(ForkId id);
  // The zygote has something to tell soon: that it forked a process, or reaped one whose stream has
  // ended or that was killed.
  void expect_word();
  void insist();
  void sweep();
  bool kill_unknown();

  boost::asio::io_context& loop_;
  Zygote::Program program_;
  OutputPoll output_poll_;
  Freezer freezer_;
  MemoryLimits memory_;
  CpuLimits cpu_;
  TmpFolders tmp_;
  std::set<pid_t> foreign_;  // Children that this process had before: not ours to kill.
  std::unique_ptr<Zygote> zygote_;
  std::unique_ptr<Zygote> launcher_;
  std::map<ForkId, Snapshot> snapshots_;  // That are not known to be dead.
  std::uint32_t launched_ = 0;            // So far,
  std::uint32_t snapshots_made_ = 0;      // and these.
  std::map<ForkId, std::shared_ptr<Process>> processes_;
  std::map<ForkId, pid_t> orphans_;  // Forked by a zygote that is dead: to be reaped here.
  boost::asio::steady_timer insist_timer_;
  boost::asio::steady_timer sweep_timer_;
  bool is_insisting_ = false;
  std::array<char, 64u << 10> scratch_;
};

}  // namespace smyth::runtime
