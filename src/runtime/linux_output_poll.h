#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smyth::runtime {

class OutputPoll;

// A pipe that a process writes its output to, as OutputPoll watches it. Its owner reads it.
class PolledOutput {
 public:
  PolledOutput() = default;
  PolledOutput(const PolledOutput&) = delete;
  PolledOutput& operator=(const PolledOutput&) = delete;
  virtual ~PolledOutput() = default;

  // Something can be read, or the end has come. Reads a bounded amount; false: the end has come.
  virtual bool on_output() = 0;

  // The owner is about to look at the pipe by itself before long.
  void touch() { ++touched_; }

 private:
  friend OutputPoll;
  int fd_ = -1;
  bool is_added_ = false;   // To the set of descriptors.
  bool is_listed_ = false;  // Among those to be armed.
  std::uint32_t touched_ = 0;
  std::uint32_t touched_then_ = 0;
};

// Says which pipes can be read, without waking the server for each line.
//
// A handler that prints a line and answers would wake the server twice: for the line and for the
// answer, before which the pipe is read anyway. So a pipe is watched only while its owner leaves it
// alone: it is armed once it has not been touched for a tick, fires once, and is armed at once
// again only if it was not touched meanwhile.
class OutputPoll {
 public:
  explicit OutputPoll(boost::asio::io_context& loop);
  OutputPoll(const OutputPoll&) = delete;
  OutputPoll& operator=(const OutputPoll&) = delete;

  void add(PolledOutput& output, int fd);
  // Before the pipe is closed.
  void remove(PolledOutput& output);

 private:
  void wait();
  void take_ready();
  void arm(PolledOutput& output);
  void arm_later(PolledOutput& output);
  void start_tick();
  void tick();

  boost::asio::posix::stream_descriptor set_;  // An epoll set within the loop's own.
  boost::asio::steady_timer timer_;
  bool is_ticking_ = false;
  std::vector<PolledOutput*> unarmed_;
  std::vector<PolledOutput*> ready_;  // Of the turn at hand; null: removed meanwhile.
};

}  // namespace smyth::runtime
