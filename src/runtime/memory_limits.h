#pragma once

#include "runtime/linux_cgroup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smyth::runtime {

class Process;

// The memory that a process and all below it may have.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  std::unique_ptr<ProcessGroup> group;  // Empty: there is none to be had.
  bool is_passed = false;
  bool is_looked_at = true;  // False: its group alone keeps it.

  // See ProcessGroup; empty: there is no group.
  std::string joining_file() const { return group ? group->joining_file() : std::string{}; }
};

// Kills processes whose memory passes their limit. Resident memory is looked at, of all at once,
// unless they are frozen; where groups of the `memory` controller can be made, the kernel stops at
// once what grows faster than that.
class MemoryLimits {
 public:
  static constexpr std::chrono::milliseconds look_every{20};

  explicit MemoryLimits(boost::asio::io_context& loop) : timer_(loop) {}
  // As if this user could make no groups.
  void use_no_groups() { place_ = std::optional<GroupPlace>(); }

  // A limit for a process that is going to be started, and has to join its group; none for 0.
  // Its files in a /tmp of `tmp_mib` are memory, too, and do not count.
  std::unique_ptr<MemoryLimit> make(std::uint32_t mib, std::uint32_t tmp_mib = 0);
  void hold(const std::shared_ptr<Process>& process, std::unique_ptr<MemoryLimit> limit);
  // A process that shares the limit of another one, which is of the same environment. Of those that
  // pass it together, the largest is killed.
  void add(const std::shared_ptr<Process>& companion) { companions_.push_back(companion); }
  // What is below the process has limits of its own from now on, and does not count as its memory.
  static void leave_to_group(Process& process);
  // A process that has a limit goes on.
  void look_soon();
  // The process is gone: its group goes as soon as it is empty.
  void release(std::unique_ptr<ProcessGroup> group);

 private:
  void arm();
  void tick();
  void look_at(const std::shared_ptr<Process>& process);

  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
  std::optional<std::optional<GroupPlace>> place_;  // Looked for when it is first needed.
  std::vector<std::weak_ptr<Process>> held_;
  std::vector<std::weak_ptr<Process>> companions_;
  std::vector<std::unique_ptr<ProcessGroup>> leaving_;
};

}  // namespace smyth::runtime
