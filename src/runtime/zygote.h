#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace smyth::runtime {

// Names one forked process for the server and the zygote.
struct ForkId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  auto operator<=>(const ForkId&) const = default;
};

enum class Role : char { environment = 'e', hooks = 'h' };

// What the zygote tells, on the loop's thread.
class ZygoteEvents {
 public:
  virtual ~ZygoteEvents() = default;
  virtual void on_forked(ForkId id, pid_t pid) = 0;
  virtual void on_fork_failed(ForkId id, std::string_view why) = 0;
  virtual void on_exited(ForkId id, int wait_status) = 0;
  // It is dead and reaped, and tells nothing any more; its owner may not destroy it within this
  // call. `why` holds what it wrote at last.
  virtual void on_zygote_lost(std::string_view why) = 0;
};

// The process that forks environments and the hooks process (frame.h), from its start to its end.
class Zygote {
 public:
  struct Program {
    std::filesystem::path python;
    std::filesystem::path package;  // The folder with smyth_runtime.
  };
  // Returns as soon as it is started. Forks may be asked for at once.
  static Result<std::unique_ptr<Zygote>> start(boost::asio::io_context& loop,
                                               const Program& program, ZygoteEvents& events);
  ~Zygote();  // Ends it, with all below it.
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  pid_t pid() const { return pid_; }
  // It has served: it is the right Python with all that it needs.
  bool was_ready() const { return !executable_.empty(); }
  // The real interpreter, where the program was a script that looked for it; empty until it is
  // ready.
  const std::string& executable() const { return executable_; }

  // Whoever has stopped it (SIGSTOP), it goes on.
  void wake() const;

  // Forks a process with these two descriptors (frame socket, output).
  void fork(ForkId id, Role role, UniqueFd socket, UniqueFd output);

 private:
  struct Wanted {
    std::string message;
    UniqueFd socket;
    UniqueFd output;
  };

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
  pid_t pid_ = 0;
  bool is_reaped_ = false;
  bool is_waiting_to_send_ = false;
  std::deque<Wanted> wanted_;
  std::string executable_;
  std::string last_output_;
};

}  // namespace smyth::runtime
