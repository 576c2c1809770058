#pragma once

#include "simulate/answer.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace smyth::cli {

// A line on stderr, where that is a terminal, that tells how far a simulation is and how long the
// rest takes; it is gone when the simulation is over.
class ProgressLine {
 public:
  // `whole` is the virtual time of all replications in nanoseconds; zero: nobody knows.
  ProgressLine(const simulate::Progress& progress, double whole);
  ~ProgressLine();

  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void show();

  const simulate::Progress& progress_;
  double whole_;
  bool is_over_ = false;
  std::mutex mutex_;
  std::condition_variable over_;
  std::jthread thread_;
};

// "12 %  1,234,567 calls  about 34 s left"; `elapsed` is what it took so far.
std::string progress_text(double share, std::uint64_t calls, Duration elapsed);

}  // namespace smyth::cli
