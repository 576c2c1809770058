#include "simulate/table.h"

#include "simulate/figure_text.h"
#include "simulate/reasons.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::simulate {
namespace {

constexpr std::size_t functions_max = 20;

class Lines {
 public:
  template <class... Arguments>
  void add(std::string_view name, fmt::format_string<Arguments...> format,
           Arguments&&... arguments) {
    text_ += fmt::format("{:<15}", name);
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    while (text_.ends_with(' ')) text_.pop_back();
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_throttled(Lines& lines, const Figures& figures) {
  std::string reasons;
  for (std::size_t i = 0; i < figures.throttled.size(); ++i) {
    if (figures.throttled[i] == 0) continue;
    reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", grouped(figures.throttled[i]),
                           words_of(static_cast<core::Reason>(i)));
  }
  lines.add("throttled", "{:>12}  {}{}", grouped(figures.sums.throttled),
            share(figures.throttled_share), reasons);
}

void add_counts(Lines& lines, const Figures& all) {
  const sim::Sums& sums = all.sums;
  lines.add("calls", "{:>12}", grouped(sums.calls));
  lines.add("cold starts", "{:>12}  {}", grouped(sums.cold), share(all.cold_share));
  add_throttled(lines, all);
  if (sums.errors + sums.timeouts > 0) {
    lines.add("errors", "{:>12}  {}{}", grouped(sums.errors + sums.timeouts),
              share(all.error_share),
              sums.timeouts > 0 ? fmt::format(": {} timeouts", grouped(sums.timeouts)) : "");
  }
  if (sums.waited > 0) {
    lines.add("waited", "{:>12}  mean of all {}", grouped(sums.waited),
              length_text(all.mean_wait.value));
  }
  lines.add("environments", "{:>12}  mean{}, p99 {}, peak {}", short_number(all.environments.value),
            interval(all.environments), grouped(all.environments_at[2]),
            grouped(all.environments_peak));
  lines.add("  busy", "{:>12}  mean{}, p99 {}, p99.9 {}, peak {}; used {}",
            short_number(all.busy.value), interval(all.busy), grouped(all.busy_at[2]),
            grouped(all.busy_at[3]), grouped(all.busy_peak), percent(all.utilisation.value));
}

void add_latency(Lines& lines, std::string_view name, const Latency& latency) {
  if (latency.calls == 0) return;
  const auto at = [&latency](std::size_t i) { return length_text(latency.at[i].value); };
  const Estimate& p99 = latency.at[2];
  lines.add(name, "{:>12}{:>12}{:>12}{:>12}{}", at(0), at(1), at(2), at(3),
            p99.low == p99.high
                ? ""
                : fmt::format("   p99 ({} - {})", length_text(p99.low), length_text(p99.high)));
}

void add_latencies(Lines& lines, const Figures& all) {
  lines.add("latency", "{:>12}{:>12}{:>12}{:>12}", "p50", "p90", "p99", "p99.9");
  add_latency(lines, "  all", all.all);
  if (all.cold.calls == 0 || all.warm.calls == 0) return;
  add_latency(lines, "  warm", all.warm);
  add_latency(lines, "  cold", all.cold);
}

void add_cost(Lines& lines, const Figures& figures, Duration length_simulated) {
  const Cost& month = figures.month;
  lines.add("GB-seconds", "{:>12}",
            short_number(figures.usage.gb_seconds + figures.usage.provisioned_duration_gb_seconds));
  lines.add("cost", "{:>12}  in {}", dollars(figures.cost.total()), length_text(length_simulated));
  lines.add("", "{:>12}  in 30 d: requests {}, compute {}, init {}{}", dollars(month.total()),
            dollars(month.requests), dollars(month.compute), dollars(month.init),
            month.provisioned > 0 ? ", provisioned " + dollars(month.provisioned) : "");
  lines.add("", "{:>12}  for a million calls", dollars(figures.per_million));
}

}  // namespace

std::string question_text(const Question& question, const Findings& findings) {
  std::string text;
  if (question.functions.size() == 1) {
    const Function& function = question.functions.front();
    text = function.name.empty() ? "one function" : function.name;
    text += fmt::format(": {} MiB", function.memory_mib);
    if (!function.duration_text.empty()) text += ", duration " + function.duration_text;
    if (!function.init_text.empty()) text += ", init " + function.init_text;
  } else {
    text = fmt::format("{} function{}", findings.functions.size(),
                       findings.functions.size() == 1 ? "" : "s");
  }
  text += fmt::format("\n{} for {}", question.traffic_text, length_text(findings.length));
  if (findings.warm_up > Duration{0}) {
    text += fmt::format(" after a warm-up of {}", length_text(findings.warm_up));
  }
  text += fmt::format(", seed {}", question.seed);
  if (findings.replications > 1) text += fmt::format(", {} replications", findings.replications);
  if (!findings.has_warm_up) {
    text += "\nNO WARM-UP: it is not steady in its second half yet, ask for a longer time";
  }
  if (!findings.complete) text += "\nNOT COMPLETE: it was interrupted";
  return text;
}

std::string table(const Question& question, const Findings& findings) {
  const Figures& all = findings.all;
  Lines lines;
  add_counts(lines, all);
  add_latencies(lines, all);
  add_cost(lines, all, findings.length);
  std::string text = question_text(question, findings) + "\n\n" + lines.take();
  text += "\nin parentheses: 95 % intervals\n";
  for (const Constant& constant : question.constants) {
    text += fmt::format("{}: {} ({})\n", constant.name, constant.value, origin_text(constant));
  }
  text += fmt::format("prices: {}, {} ({}: {})\n", prices().region, prices().date,
                      word_of(Origin::documented), prices().source);
  text += fmt::format("decisions: {:016x}\n", findings.decision_hash);
  return text;
}

std::string function_table(const Findings& findings) {
  std::vector<const Figures*> shown;
  shown.reserve(findings.functions.size());
  for (const Figures& one : findings.functions) shown.push_back(&one);
  const bool is_cut = shown.size() > functions_max;
  const auto cost_of = [](const Figures* one) { return one->month.total(); };
  // Of equal cost, as they are asked for.
  if (is_cut) {
    std::ranges::sort(shown, {}, [&](const Figures* one) { return std::pair(-cost_of(one), one); });
  }
  const auto rest =
      shown.begin() + static_cast<std::ptrdiff_t>(std::min(shown.size(), functions_max));
  std::size_t width = 28;
  for (auto at = shown.begin(); at != rest; ++at) width = std::max(width, (*at)->name.size());
  const auto row = [width](std::string_view name, const auto&... cells) {
    return fmt::format("{:<{}}{:>12}{:>10}{:>10}{:>10}{:>12}\n", name, width, cells...);
  };
  std::string text = row("function", "calls", "cold", "throttled", "peak", "30 days");
  for (auto at = shown.begin(); at != rest; ++at) {
    const Figures& one = **at;
    text +=
        row(one.name, grouped(one.sums.calls), grouped(one.sums.cold), grouped(one.sums.throttled),
            grouped(one.environments_peak), dollars(one.month.total()));
  }
  if (!is_cut) return text;
  double cost = 0;
  for (auto at = rest; at != shown.end(); ++at) cost += cost_of(*at);
  return text + fmt::format("{} more, which cost {} in 30 days: `--json` has them all\n",
                            grouped(static_cast<std::uint64_t>(shown.end() - rest)), dollars(cost));
}

}  // namespace smyth::simulate
