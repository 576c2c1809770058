#pragma once

#include "base/time.h"
#include "core/action.h"
#include "sim/histogram.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace smyth::sim {

// Nanoseconds of many calls or environments together: a month of 10,000 environments passes 64
// bits.
using Total = unsigned __int128;

inline constexpr std::size_t reason_count =
    static_cast<std::size_t>(core::Reason::account_rate) + 1;

// What grows with every call, or with time.
struct Sums {
  std::uint64_t calls = 0;      // That arrived: each retry of a client is one.
  std::uint64_t served = 0;     // That were given an environment, or for which one was started.
  std::uint64_t cold = 0;       // Of those: for which one was started.
  std::uint64_t waited = 0;     // Of those served: that waited in the queue before.
  std::uint64_t throttled = 0;  // For any reason.
  std::uint64_t retries = 0;    // Of those throttled: that their clients try again.
  std::uint64_t answered = 0;   // Served and done.
  std::uint64_t errors = 0;     // Of those: that ended in a function error.
  std::uint64_t timeouts = 0;   // Of those: that ran into the function's timeout.
  std::uint64_t billed_ms = 0;  // Init and run of each, together rounded up to the millisecond.
  Total wait = 0;               // Of those served.
  Total run = 0;                // Of those answered.
  Total init = 0;
  Total elapsed = 0;
  Total busy = 0;   // Of environments that initialise or work.
  Total alive = 0;  // Of all that have processes.

  Sums& operator+=(const Sums& other);
  Sums operator-(const Sums& earlier) const;
};

// How many environments there are, and for how long there were how many.
class Occupancy {
 public:
  std::uint32_t busy() const { return busy_; }
  std::uint32_t alive() const { return alive_; }
  std::uint32_t busy_peak() const { return static_cast<std::uint32_t>(time_by_busy_.size()) - 1; }
  std::uint32_t alive_peak() const { return static_cast<std::uint32_t>(time_by_alive_.size()) - 1; }
  // For how long so many were busy, or there, until the last change of it.
  const std::vector<Duration>& time_by_busy() const { return time_by_busy_; }
  const std::vector<Duration>& time_by_alive() const { return time_by_alive_; }

  void change_busy(std::uint32_t to, TimePoint now) {
    time_by_busy_[busy_] += now - busy_since_;
    busy_since_ = now;
    busy_ = to;
    if (busy_ >= time_by_busy_.size()) [[unlikely]] {
      time_by_busy_.resize(std::size_t{busy_} + 1);
    }
  }
  void change_alive(std::uint32_t to, TimePoint now) {
    time_by_alive_[alive_] += now - alive_since_;
    alive_since_ = now;
    alive_ = to;
    if (alive_ >= time_by_alive_.size()) [[unlikely]] {
      time_by_alive_.resize(std::size_t{alive_} + 1);
    }
  }

  // Until `now`: the time that passed, and that of all busy and of all environments together.
  void add_to(Sums& sums, TimePoint now);
  // As it is, with nothing behind it.
  void forget(TimePoint now);

 private:
  std::uint32_t busy_ = 0;
  std::uint32_t alive_ = 0;
  TimePoint busy_since_{};
  TimePoint alive_since_{};
  std::vector<Duration> time_by_busy_ = std::vector<Duration>(1);
  std::vector<Duration> time_by_alive_ = std::vector<Duration>(1);
};

// What became of the calls of one function.
struct FunctionTally {
  Sums sums;
  std::array<std::uint64_t, reason_count> throttled{};  // By core::Reason.
  Histogram warm;  // Latencies of those served: from the first attempt to the answer.
  Histogram cold;
  std::uint64_t started = 0;  // Environments: provisioned ones and second inits, too.
  Occupancy environments;
  std::vector<Sums> batches;  // See Tally.
  Sums before_batch;

  // With the times of its environments until now.
  Sums sums_until(TimePoint now);
};

// What became of all calls of a run.
//
// For the intervals of its figures a run is cut into batches of equally many calls: from 32 to 63
// of them, twice as long each time there would be more.
class Tally {
 public:
  void add_function();

  FunctionTally& function(std::uint32_t index) { return functions_[index]; }
  const std::vector<FunctionTally>& functions() const { return functions_; }
  // Of the environments of all functions together.
  const Occupancy& environments() const {
    return is_shared_ ? together_ : functions_.front().environments;
  }
  // Of all functions together; those of one are its own.
  std::vector<Sums> batches() const;

  // One more environment of a function is busy, or one less.
  void change_busy(std::uint32_t index, std::int32_t by, TimePoint now) {
    Occupancy& one = functions_[index].environments;
    one.change_busy(one.busy() + static_cast<std::uint32_t>(by), now);
    if (!is_shared_) return;
    together_.change_busy(together_.busy() + static_cast<std::uint32_t>(by), now);
  }
  // Likewise of all that have processes.
  void change_alive(std::uint32_t index, std::int32_t by, TimePoint now) {
    Occupancy& one = functions_[index].environments;
    one.change_alive(one.alive() + static_cast<std::uint32_t>(by), now);
    if (!is_shared_) return;
    together_.change_alive(together_.alive() + static_cast<std::uint32_t>(by), now);
  }

  // One more call has arrived.
  void count_arrival(std::uint32_t index, TimePoint now) {
    ++functions_[index].sums.calls;
    if (--left_in_batch_ == 0) [[unlikely]] {
      end_batch(now);
    }
  }

  // Begins anew, with the environments that there are: what was before is no part of the figures.
  void forget(TimePoint now);

  // The sums of all functions, with the times of their environments until now.
  Sums sums_until(TimePoint now);

 private:
  static constexpr std::size_t batches_max = 64;

  void end_batch(TimePoint now);

  std::vector<FunctionTally> functions_;
  Occupancy together_;
  bool is_shared_ =
      false;  // There are several functions: their environments are counted together, too.
  std::size_t batch_count_ = 0;
  std::uint64_t batch_calls_ = 64;
  std::uint64_t left_in_batch_ = 64;
};

}  // namespace smyth::sim
