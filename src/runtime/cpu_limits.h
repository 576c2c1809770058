#pragma once

#include "base/time.h"
#include "runtime/linux_cgroup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace smyth::runtime {

class Process;

// The share of the processors that a process and all below it may have.
struct CpuLimit {
  std::uint32_t permille = 0;  // Of one processor.
  bool was_tried = false;      // To have the kernel keep it, which it does
  bool is_kernels = false;     // in this group, or in that of its memory.
  std::unique_ptr<ProcessGroup> group = nullptr;
  // Of the server's own way:
  Duration left{0};  // What it may use right now; below zero: it has used too much.
  Duration used{0};  // When it was last looked at,
  std::chrono::steady_clock::time_point looked_at{};  // then. None: it stood still before.
  bool is_stopped = false;
};

// Gives processes no more of the processors than their share: by groups of the `cpu` controller
// where they can be made. Elsewhere what has used more than its share stands still until it is
// even: such processes are looked at every slice, all at once, unless they are frozen.
class CpuLimits {
 public:
  static constexpr Duration slice = std::chrono::milliseconds(10);

  explicit CpuLimits(boost::asio::io_context& loop) : timer_(loop) {}

  // A process that is going to be started has this share; 0: it is not limited.
  void hold(const std::shared_ptr<Process>& process, std::uint32_t permille);
  // A process that has a limit goes on.
  void look_soon() { arm(); }

 private:
  void arm();
  void tick();
  bool give_to_kernel(Process& process);
  static void look_at(Process& process);

  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
  std::optional<std::optional<GroupPlace>> place_;  // Looked for when it is first needed.
  std::vector<std::weak_ptr<Process>> held_;
};

}  // namespace smyth::runtime
