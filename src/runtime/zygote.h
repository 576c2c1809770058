#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "runtime/role.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {

class Zygote;

// What a zygote tells, on the loop's thread.
class ZygoteEvents {
 public:
  virtual ~ZygoteEvents() = default;
  virtual void on_forked(ForkId id, pid_t pid) = 0;
  virtual void on_fork_failed(ForkId id, std::string_view why) = 0;
  virtual void on_exited(ForkId id, int wait_status, std::uint32_t max_rss_kib) = 0;
  // It is dead and reaped, and tells nothing any more; its owner may not destroy it within this
  // call. `why` holds what it wrote at last.
  virtual void on_zygote_lost(const Zygote& zygote, std::string_view why) = 0;
};

// A process that forks others for the server (frame.h), from its start to its end: Python's, which
// forks environments and the hooks process, the launcher, which starts programs
// (linux_launcher.h), or a snapshot.
class Zygote {
 public:
  struct Program {
    std::filesystem::path python;   // Empty: find_python() says it when it is needed.
    std::filesystem::path package;  // The folder with smyth_runtime.
    std::function<Result<std::filesystem::path>()> find_python = {};
  };
  // Returns as soon as it is started. Forks may be asked for at once.
  static Result<std::unique_ptr<Zygote>> start(boost::asio::io_context& loop,
                                               const Program& program, ZygoteEvents& events);
  static Result<std::unique_ptr<Zygote>> start_launcher(boost::asio::io_context& loop,
                                                        ZygoteEvents& events);
  // One that somebody else has as a process, and sees the end of: nothing is told of its death.
  static std::unique_ptr<Zygote> of_snapshot(boost::asio::io_context& loop, ZygoteEvents& events,
                                             UniqueFd socket);
  ~Zygote();  // Ends it, with all below it, if it is ours.
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  pid_t pid() const { return pid_; }
  // It has served: it is the right Python with all that it needs.
  bool was_ready() const { return is_ready_; }
  // The real interpreter, where the program was a script that looked for it; empty until it is
  // ready.
  const std::string& executable() const { return executable_; }

  // Whoever has stopped it (SIGSTOP), it goes on.
  void wake() const;

  // It is dead: what it told before is told now, and nothing after that.
  void hear_last();

  // Forks a process with these descriptors (frame.h).
  void fork(ForkId id, Role role, std::vector<UniqueFd> descriptors);

 private:
  // Starts the process with its end of the socket and its output.
  using Begin = std::function<Result<pid_t>(int socket, int output)>;
  struct Wanted {
    std::string message;
    std::vector<UniqueFd> descriptors;
  };

  static Result<std::unique_ptr<Zygote>> start(boost::asio::io_context& loop, ZygoteEvents& events,
                                               const Begin& begin);
  Zygote(boost::asio::io_context& loop, ZygoteEvents& events);
  void watch_messages();
  void watch_death();
  void take_messages();
  void take(std::string_view message);
  void send_wanted();
  void read_output();
  void lost();

  ZygoteEvents& events_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::posix::stream_descriptor death_;  // The pidfd: readable once it is dead.
  UniqueFd output_;
  pid_t pid_ = 0;  // 0: it is not ours.
  bool is_reaped_ = false;
  bool is_waiting_to_send_ = false;
  std::deque<Wanted> wanted_;
  bool is_ready_ = false;
  std::string executable_;
  std::string last_output_;
};

}  // namespace smyth::runtime
