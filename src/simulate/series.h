#pragma once

#include "sim/histogram.h"
#include "sim/tally.h"
#include "simulate/live_environments.h"
#include "simulate/watcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::simulate {

// A run over time, in bins of equal length: at most 600, each as short as that allows, of a length
// that a clock has (1 s, 10 s, 30 s, 1 min).
class Series final : public Watcher {
 public:
  struct Bin {
    std::uint64_t calls = 0;
    std::uint64_t cold = 0;
    std::uint64_t throttled = 0;
    std::uint64_t errors = 0;  // And timeouts.
    sim::Histogram latencies;  // Of the calls answered.
    sim::Total alive_time = 0;
    sim::Total busy_time = 0;
    std::uint32_t alive_peak = 0;
    std::uint32_t busy_peak = 0;

    void add(const Bin& later);
  };

  static constexpr std::size_t bins_max = 600;

  const std::vector<Bin>& bins() const { return bins_; }
  Duration bin_length() const;
  // Of this bin: the last one may be shorter than the others.
  Duration length_of(std::size_t bin) const;

  void arrived(std::uint64_t number, std::uint32_t function, TimePoint at) override;
  void answered(const sim::CallRecord& call) override;
  void started(const sim::EnvironmentRecord& environment) override;
  void ready(const sim::EnvironmentRecord& environment) override;
  void delivered(const sim::EnvironmentRecord& environment) override;
  void ended(const sim::EnvironmentRecord& environment) override;
  void over(TimePoint end) override;

 private:
  Bin& bin_at(TimePoint at);
  void advance(TimePoint to);
  void note_peaks();
  void make_coarser();

  LiveEnvironments environments_;
  std::vector<Bin> bins_;
  std::size_t length_ = 0;  // Which of the possible ones.
  TimePoint now_{};
};

// The same as CSV: docs/reference/simulate-files.md.
std::string csv_of(const Series& series);

}  // namespace smyth::simulate
