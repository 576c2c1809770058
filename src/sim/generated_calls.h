#pragma once

#include "base/prng.h"
#include "base/time.h"
#include "sim/laws.h"
#include "traffic/call.h"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace smyth::sim {

// A rate from a moment on.
struct RateStep {
  TimePoint from{};
  double per_second = 0;
};

// At random, independent of each other: so many a second on average.
struct PoissonArrivals {
  std::vector<RateStep> steps;  // In order of time; before the first nothing arrives.
};

// At equal distances: the first after one of them.
struct ConstantArrivals {
  double per_second = 0;
};

// A Markov-modulated Poisson process: it goes through its states in turn, and stays in each for a
// time of exponential distribution.
struct MarkovArrivals {
  struct State {
    double per_second = 0;
    Duration mean_stay{0};
  };
  std::vector<State> states;  // At least one stays for longer than no time.
};

// So many at one moment.
struct BurstArrivals {
  TimePoint at{};
  std::uint64_t count = 0;
};

using ArrivalProcess =
    std::variant<PoissonArrivals, ConstantArrivals, MarkovArrivals, BurstArrivals>;

// Generated traffic: streams of arrivals, each of a function, merged in order of time; of equal
// times the stream named first. How long the calls take is not said. The same streams and seed give
// the same calls with every compiler and machine.
class GeneratedCalls final : public traffic::CallSource {
 public:
  struct Stream {
    std::uint32_t function = 0;
    ArrivalProcess arrivals;
  };

  // Calls from time zero up to and including `end`; `names` are those of the functions.
  GeneratedCalls(std::vector<Stream> streams, std::vector<std::string> names, TimePoint end,
                 std::uint64_t seed);

  Result<std::span<const traffic::Call>> next_batch() override;
  std::span<const std::string> functions() const override { return names_; }
  std::optional<TimePoint> end() const override { return end_; }

 private:
  struct Running {
    Stream stream;
    ExponentialNumbers gaps;
    Prng stays;
    TimePoint next_at{};
    std::uint64_t taken = 0;
    // Of a rate that changes: the present one as the mean gap in nanoseconds, until when it holds,
    // and which step that is.
    double mean_gap = 0;
    TimePoint until{};
    std::size_t step = 0;
  };
  struct Later {
    const std::vector<Running>& streams;
    bool operator()(std::size_t a, std::size_t b) const;
  };

  TimePoint next(Running& running);
  TimePoint next_of(Running& running, const PoissonArrivals& arrivals);
  static TimePoint next_of(Running& running, const ConstantArrivals& arrivals);
  TimePoint next_of(Running& running, const MarkovArrivals& arrivals);
  static TimePoint next_of(Running& running, const BurstArrivals& arrivals);

  std::vector<Running> streams_;
  std::vector<std::string> names_;
  TimePoint end_;
  std::vector<traffic::Call> batch_;
  std::vector<std::size_t> order_;  // Streams as a heap, the one with the next arrival on top.
};

}  // namespace smyth::sim
