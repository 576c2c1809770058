#include "simulate/answer.h"

#include "simulate/replication.h"
#include "simulate/warm_up.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace smyth::simulate {
namespace {

constexpr double month_in_nanoseconds = 30 * 86'400e9;

double number(sim::Total total) { return static_cast<double>(total); }

// All replications, each in its place, on as many threads as asked for.
Result<std::vector<Replication>> play_all(const Question& question, Progress& progress,
                                          Watcher* watcher) {
  std::vector<std::optional<Result<Replication>>> played(question.replications);
  std::atomic<std::uint32_t> next = 0;
  const auto work = [&] {
    for (std::uint32_t i = next++; i < question.replications; i = next++) {
      if (i > 0 && progress.stop) return;
      played[i] = play(question, i, progress, i == 0 ? watcher : nullptr);
    }
  };
  const std::uint32_t threads = std::min(question.threads, question.replications);
  {
    std::vector<std::jthread> others;
    for (std::uint32_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  std::vector<Replication> all;
  for (std::optional<Result<Replication>>& one : played) {
    if (!one) continue;
    if (!*one) return std::unexpected(one->error());
    all.push_back(std::move(**one));
  }
  return all;
}

// Of an independent sample, the percentile's interval is that of the ranks it may have.
Estimate percentile_of(const sim::Histogram& latencies, double probability) {
  const auto count = static_cast<double>(latencies.count());
  const auto at = [&](double rank) {
    return static_cast<double>(latencies.percentile(std::clamp(rank, 0.0, 1.0)).count());
  };
  const double value = at(probability);
  if (count < 1) return {};
  const double half = 1.96 * std::sqrt(probability * (1 - probability) / count);
  return {value, at(probability - half), at(probability + half)};
}

Latency latency_of(const sim::Histogram& latencies) {
  Latency latency{.calls = latencies.count()};
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    latency.at[i] = percentile_of(latencies, percentiles[i]);
  }
  return latency;
}

// What is added up over functions and replications.
struct Heap {
  sim::Sums sums;
  std::array<std::uint64_t, sim::reason_count> throttled{};
  std::uint64_t started = 0;
  sim::Histogram warm;
  sim::Histogram cold;
  std::vector<double> time_by_busy;
  std::vector<double> time_by_alive;
  Provisioned provisioned;
  std::uint32_t environments_peak = 0;
  std::uint32_t busy_peak = 0;

  void add(sim::FunctionTally& tally) {
    started += tally.started;
    for (std::size_t i = 0; i < throttled.size(); ++i) throttled[i] += tally.throttled[i];
    warm.add(tally.warm);
    cold.add(tally.cold);
  }
  void add(const sim::Occupancy& environments) {
    add(environments.time_by_busy(), time_by_busy);
    add(environments.time_by_alive(), time_by_alive);
    environments_peak = std::max(environments_peak, environments.alive_peak());
    busy_peak = std::max(busy_peak, environments.busy_peak());
  }
  static void add(const std::vector<Duration>& times, std::vector<double>& sums) {
    sums.resize(std::max(sums.size(), times.size()));
    for (std::size_t i = 0; i < times.size(); ++i) {
      sums[i] += static_cast<double>(times[i].count());
    }
  }
};

// Of so many no more than all are something: the interval of a few events does not know that.
Estimate share(Estimate ratio) {
  ratio.high = std::min(ratio.high, 1.0);
  return ratio;
}

void estimate(Figures& figures, std::span<const sim::Sums> batches) {
  const sim::Sums& all = figures.sums;
  using sim::Sums;
  figures.cold_share = share(ratio(
      batches, all, [](const Sums& s) { return s.cold; }, [](const Sums& s) { return s.served; }));
  figures.throttled_share = share(ratio(
      batches, all, [](const Sums& s) { return s.throttled; },
      [](const Sums& s) { return s.calls; }));
  figures.error_share = share(ratio(
      batches, all, [](const Sums& s) { return s.errors + s.timeouts; },
      [](const Sums& s) { return s.answered; }));
  figures.mean_wait = ratio(
      batches, all, [](const Sums& s) { return number(s.wait); },
      [](const Sums& s) { return s.served; });
  if (all.waited == 0) figures.mean_wait = Estimate::exactly(0);
  const auto elapsed = [](const Sums& s) { return number(s.elapsed); };
  figures.environments =
      ratio(batches, all, [](const Sums& s) { return number(s.alive); }, elapsed);
  figures.busy = ratio(batches, all, [](const Sums& s) { return number(s.busy); }, elapsed);
  if (all.alive == 0) figures.environments = figures.busy = Estimate::exactly(0);
  figures.utilisation = share(ratio(
      batches, all, [](const Sums& s) { return number(s.busy); },
      [](const Sums& s) { return number(s.alive); }));
}

// Of how long there were how many: the numbers at time_percentiles.
NumbersOverTime numbers_at(const std::vector<double>& times) {
  NumbersOverTime found{};
  double all = 0;
  for (const double time : times) all += time;
  for (std::size_t i = 0; i < found.size(); ++i) {
    double below = 0;
    while (found[i] + 1 < times.size() && below + times[found[i]] < time_percentiles[i] * all) {
      below += times[found[i]++];
    }
  }
  return found;
}

Usage usage_of(const Function& function, const Heap& heap) {
  const double gb = function.memory_mib / 1024.0;
  const double billed = static_cast<double>(heap.sums.billed_ms) / 1e3 * gb;
  const double lengths = number(heap.sums.init) + number(heap.sums.run);
  const Provisioned& provisioned = heap.provisioned;
  const double ours = provisioned.busy > 0 ? provisioned.covered / provisioned.busy : 0;
  return {
      .architecture = function.architecture,
      .requests = static_cast<double>(heap.sums.answered),
      .gb_seconds = billed * (1 - ours),
      .init_gb_seconds = lengths > 0 ? billed * (1 - ours) * number(heap.sums.init) / lengths : 0,
      .provisioned_gb_seconds = provisioned.reserved / 1e9 * gb,
      .provisioned_duration_gb_seconds = billed * ours};
}

Figures figures_of(const Heap& heap) {
  Figures figures;
  figures.sums = heap.sums;
  figures.throttled = heap.throttled;
  figures.started = heap.started;
  figures.environments_peak = heap.environments_peak;
  figures.busy_peak = heap.busy_peak;
  figures.busy_at = numbers_at(heap.time_by_busy);
  figures.environments_at = numbers_at(heap.time_by_alive);
  figures.warm = latency_of(heap.warm);
  figures.cold = latency_of(heap.cold);
  sim::Histogram all;
  all.add(heap.warm);
  all.add(heap.cold);
  figures.all = latency_of(all);
  return figures;
}

void charge(Figures& figures, std::span<const Usage> usages, FreeTier free_tier) {
  const double months = number(figures.sums.elapsed) / month_in_nanoseconds;
  if (months <= 0) return;
  std::vector<Usage> monthly;
  double requests = 0;
  for (const Usage& usage : usages) {
    monthly.push_back(usage.scaled(1 / months));
    requests += monthly.back().requests;
  }
  figures.cost = cost_of(usages, prices(), free_tier);
  figures.month = cost_of(monthly, prices(), free_tier);
  figures.per_million = requests > 0 ? figures.month.total() / requests * 1e6 : 0;
}

// Of the function at this place in the replications that have it.
Figures function_figures(std::span<Replication> played, std::uint32_t place, FreeTier free_tier) {
  Heap heap;
  std::vector<sim::Sums> batches;
  const Function* function = nullptr;
  for (Replication& one : played) {
    if (place >= one.functions.size()) continue;
    function = &one.functions[place];
    sim::FunctionTally& tally = one.tally.function(place);
    heap.sums += tally.sums_until(one.end);
    heap.add(tally);
    heap.add(tally.environments);
    heap.provisioned += one.provisioned[place];
    batches.insert(batches.end(), tally.batches.begin(), tally.batches.end());
  }
  Figures figures = figures_of(heap);
  figures.name = function->name;
  figures.memory_mib = function->memory_mib;
  figures.usage = usage_of(*function, heap);
  estimate(figures, batches);
  charge(figures, {&figures.usage, 1}, free_tier);
  return figures;
}

// Classes of both histograms, 16 of them together.
std::vector<LatencyBin> bins_of(const sim::Histogram& warm, const sim::Histogram& cold) {
  std::map<double, LatencyBin> bins;
  const auto add = [&bins](const sim::Histogram& lengths, double LatencyBin::* part) {
    lengths.for_each([&](double low, double width, double number) {
      const double whole = 16 * width;
      const double from = std::floor(low / whole) * whole;
      LatencyBin& bin = bins[from];
      bin.low = from;
      bin.high = from + whole;
      bin.*part += number;
    });
  };
  add(warm, &LatencyBin::warm);
  add(cold, &LatencyBin::cold);
  std::vector<LatencyBin> in_order;
  in_order.reserve(bins.size());
  for (const auto& [from, bin] : bins) in_order.push_back(bin);
  return in_order;
}

// Of these replications together.
Findings findings_of(std::span<Replication> played, FreeTier free_tier) {
  Findings findings{.replications = static_cast<std::uint32_t>(played.size())};
  Heap heap;
  std::vector<sim::Sums> batches;
  std::size_t functions = 0;
  for (Replication& one : played) {
    findings.complete = findings.complete && one.complete;
    findings.length = std::max(findings.length, one.length);
    findings.decision_hash = findings.decision_hash * 31 + one.decision_hash;
    heap.sums += one.tally.sums_until(one.end);
    for (std::uint32_t i = 0; i < one.functions.size(); ++i) heap.add(one.tally.function(i));
    heap.add(one.tally.environments());
    const std::vector<sim::Sums> more = one.tally.batches();
    batches.insert(batches.end(), more.begin(), more.end());
    functions = std::max(functions, one.functions.size());
  }
  std::vector<Usage> usages;
  for (std::uint32_t i = 0; i < functions; ++i) {
    findings.functions.push_back(function_figures(played, i, free_tier));
    usages.push_back(findings.functions.back().usage);
  }
  findings.all = figures_of(heap);
  for (const Usage& usage : usages) findings.all.usage += usage;
  findings.latencies = bins_of(heap.warm, heap.cold);
  estimate(findings.all, batches);
  charge(findings.all, usages, free_tier);
  return findings;
}

Result<Findings> answer_from_the_warm_up_on(Question question, Progress& progress,
                                            Watcher* watcher) {
  question.finds_warm_up = false;
  question.warm_up = Duration{0};
  const auto found = find_warm_up(question, progress);
  if (!found) return std::unexpected(found.error());
  // Interrupted while it was looked for, nothing is known of it.
  if (!progress.stop) question.warm_up = found->value_or(Duration{0});
  auto findings = answer(question, progress, watcher);
  if (findings) findings->has_warm_up = found->has_value() || progress.stop;
  return findings;
}

}  // namespace

Result<Findings> answer(const Question& question, Progress& progress, Watcher* watcher) {
  if (question.finds_warm_up) return answer_from_the_warm_up_on(question, progress, watcher);
  auto played = play_all(question, progress, watcher);
  if (!played) return std::unexpected(played.error());
  Findings findings = findings_of(*played, question.free_tier);
  findings.warm_up = question.warm_up;
  // A replication that was never begun is one that lacks.
  findings.complete = findings.complete && played->size() == question.replications;
  for (Replication& one : *played) {
    Findings alone = findings_of({&one, 1}, question.free_tier);
    findings.runs.push_back({.seed = one.seed,
                             .decision_hash = one.decision_hash,
                             .complete = one.complete,
                             .length = one.length,
                             .all = std::move(alone.all),
                             .functions = std::move(alone.functions)});
  }
  return findings;
}

}  // namespace smyth::simulate
