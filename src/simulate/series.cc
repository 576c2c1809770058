#include "simulate/series.h"

#include "simulate/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace smyth::simulate {
namespace {

// Each is a multiple of the one before.
constexpr std::array<std::int64_t, 29> lengths_ms = {1,
                                                     5,
                                                     10,
                                                     50,
                                                     100,
                                                     500,
                                                     1'000,
                                                     5'000,
                                                     10'000,
                                                     30'000,
                                                     60'000,
                                                     300'000,
                                                     600'000,
                                                     1'800'000,
                                                     3'600'000,
                                                     10'800'000,
                                                     21'600'000,
                                                     43'200'000,
                                                     86'400'000,
                                                     172'800'000,
                                                     345'600'000,
                                                     691'200'000,
                                                     1'382'400'000,
                                                     2'764'800'000,
                                                     5'529'600'000,
                                                     11'059'200'000,
                                                     22'118'400'000,
                                                     44'236'800'000,
                                                     88'473'600'000};

}  // namespace

void Series::Bin::add(const Bin& later) {
  calls += later.calls;
  cold += later.cold;
  throttled += later.throttled;
  errors += later.errors;
  latencies.add(later.latencies);
  alive_time += later.alive_time;
  busy_time += later.busy_time;
  alive_peak = std::max(alive_peak, later.alive_peak);
  busy_peak = std::max(busy_peak, later.busy_peak);
}

Duration Series::bin_length() const { return std::chrono::milliseconds(lengths_ms[length_]); }

Duration Series::length_of(std::size_t bin) const {
  const TimePoint from = TimePoint(bin_length() * static_cast<std::int64_t>(bin));
  return std::min(bin_length(), now_ - from);
}

void Series::make_coarser() {
  const auto factor = static_cast<std::size_t>(lengths_ms[length_ + 1] / lengths_ms[length_]);
  ++length_;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (i % factor != 0) {
      bins_[i / factor].add(bins_[i]);
    } else if (i > 0) {
      bins_[i / factor] = std::move(bins_[i]);
    }
  }
  bins_.resize((bins_.size() + factor - 1) / factor);
}

Series::Bin& Series::bin_at(TimePoint at) {
  while (at.time_since_epoch() / bin_length() >= static_cast<std::int64_t>(bins_max)) {
    make_coarser();
  }
  const auto place = static_cast<std::size_t>(at.time_since_epoch() / bin_length());
  if (bins_.size() <= place) bins_.resize(place + 1);
  return bins_[place];
}

// The environments as they are, until then.
void Series::advance(TimePoint to) {
  while (now_ < to) {
    Bin& bin = bin_at(now_);
    const TimePoint bin_end(bin_length() * (now_.time_since_epoch() / bin_length() + 1));
    const TimePoint until = std::min(to, bin_end);
    const auto length = static_cast<std::uint64_t>((until - now_).count());
    bin.alive_time += sim::Total{length} * environments_.alive();
    bin.busy_time += sim::Total{length} * environments_.busy();
    bin.alive_peak = std::max(bin.alive_peak, environments_.alive());
    bin.busy_peak = std::max(bin.busy_peak, environments_.busy());
    now_ = until;
  }
}

void Series::note_peaks() {
  Bin& bin = bin_at(now_);
  bin.alive_peak = std::max(bin.alive_peak, environments_.alive());
  bin.busy_peak = std::max(bin.busy_peak, environments_.busy());
}

void Series::arrived(std::uint64_t /*number*/, std::uint32_t /*function*/, TimePoint at) {
  ++bin_at(at).calls;
}

void Series::answered(const sim::CallRecord& call) {
  advance(call.answered);
  environments_.answer(call);
  Bin& bin = bin_at(call.answered);
  if (call.verdict == core::Verdict::throttled) ++bin.throttled;
  if (call.environment == 0) return;
  if (call.verdict != core::Verdict::success) ++bin.errors;
  bin.latencies.add(call.answered - call.arrived);
}

void Series::started(const sim::EnvironmentRecord& environment) {
  advance(environment.at);
  environments_.start(environment);
  if (environment.call > 0) ++bin_at(environment.at).cold;
  note_peaks();
}

void Series::ready(const sim::EnvironmentRecord& environment) {
  advance(environment.at);
  environments_.ready(environment);
}

void Series::delivered(const sim::EnvironmentRecord& environment) {
  advance(environment.at);
  environments_.deliver(environment);
  note_peaks();
}

void Series::ended(const sim::EnvironmentRecord& environment) {
  advance(environment.at);
  environments_.end(environment);
}

void Series::over(TimePoint end) { advance(end); }

std::string csv_of(const Series& series) {
  std::string text =
      "time_s,calls,cold,throttled,errors,latency_p50_ms,latency_p99_ms,environments_mean,"
      "environments_peak,busy_mean,busy_peak\n";
  for (std::size_t i = 0; i < series.bins().size(); ++i) {
    const Series::Bin& bin = series.bins()[i];
    const auto length = static_cast<double>(series.length_of(i).count());
    const auto mean = [length](sim::Total total) {
      return length > 0 ? static_cast<double>(total) / length : 0;
    };
    const auto latency = [&bin](double probability) {
      if (bin.latencies.count() == 0) return std::string();
      const auto found = static_cast<double>(bin.latencies.percentile(probability).count());
      return fmt::format("{:.6g}", found / 1e6);
    };
    fmt::format_to(
        std::back_inserter(text), "{},{},{},{},{},{},{},{:.6g},{},{:.6g},{}\n",
        exact_seconds(sim::Total{i} * static_cast<std::uint64_t>(series.bin_length().count())),
        bin.calls, bin.cold, bin.throttled, bin.errors, latency(0.5), latency(0.99),
        mean(bin.alive_time), bin.alive_peak, mean(bin.busy_time), bin.busy_peak);
  }
  return text;
}

}  // namespace smyth::simulate
