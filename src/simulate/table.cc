#include "simulate/table.h"

#include "simulate/reasons.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

namespace smyth::simulate {
namespace {

// "1,234,567"
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t i = std::ssize(text) - 3; i > 0; i -= 3) {
    text.insert(static_cast<std::size_t>(i), ",");
  }
  return text;
}

// To three digits: "0.0123", "1.23", "123".
std::string short_number(double number) {
  if (number == 0) return "0";
  const int before = static_cast<int>(std::floor(std::log10(std::abs(number)))) + 1;
  return fmt::format("{:.{}f}", number, std::clamp(3 - before, 0, 9));
}

std::string percent(double share) { return short_number(share * 100) + " %"; }

std::string interval(const Estimate& estimate, double scale = 1) {
  if (estimate.low == estimate.high) return {};
  return fmt::format(" ({} - {})", short_number(estimate.low * scale),
                     short_number(estimate.high * scale));
}

std::string share(const Estimate& estimate) {
  return percent(estimate.value) + interval(estimate, 100);
}

std::string dollars(double amount) {
  if (amount > 0 && amount < 0.01) return fmt::format("${:.2g}", amount);
  const std::string cents = fmt::format("{:.2f}", amount);
  const std::size_t point = cents.size() - 3;
  return "$" + grouped(std::stoull(cents.substr(0, point))) + cents.substr(point);
}

std::string length(double nanoseconds) {
  return length_text(Duration(static_cast<Duration::rep>(nanoseconds)));
}

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

std::string question_text(const Question& question, const Findings& findings) {
  std::string text;
  if (question.functions.size() == 1) {
    const Function& function = question.functions.front();
    text = function.name;
    if (!function.duration_text.empty()) text += "  duration " + function.duration_text;
    if (!function.init_text.empty()) text += "  init " + function.init_text;
    text += fmt::format("  {} MiB", function.memory_mib);
  } else {
    text = fmt::format("{} functions", findings.functions.size());
  }
  text += fmt::format("\n{} for {}", question.traffic_text, length_text(findings.length));
  if (findings.replications > 1) text += fmt::format(", {} times", findings.replications);
  text += fmt::format("  seed {}", question.seed);
  if (!findings.complete) text += "  NOT COMPLETE";
  return text + '\n';
}

void add_throttled(Lines& lines, const Figures& figures) {
  std::string reasons;
  for (std::size_t i = 0; i < figures.throttled.size(); ++i) {
    if (figures.throttled[i] == 0) continue;
    reasons += fmt::format("{}{} {}", reasons.empty() ? "  " : ", ", grouped(figures.throttled[i]),
                           words_of(static_cast<core::Reason>(i)));
  }
  lines.add("throttled", "{:>15}  {}{}", grouped(figures.sums.throttled),
            figures.sums.throttled > 0 ? share(figures.throttled_share) : "", reasons);
}

void add_latency(Lines& lines, std::string_view name, const Latency& latency) {
  if (latency.calls == 0) return;
  lines.add(name, "{:>10}{:>10}{:>10}{:>10}", length(latency.at[0].value),
            length(latency.at[1].value), length(latency.at[2].value), length(latency.at[3].value));
}

void add_cost(Lines& lines, const Figures& figures, Duration length_simulated) {
  const Cost& month = figures.month;
  std::string parts = fmt::format("requests {}, compute {}, init {}", dollars(month.requests),
                                  dollars(month.compute), dollars(month.init));
  if (month.provisioned > 0) parts += ", provisioned " + dollars(month.provisioned);
  lines.add("cost", "{:>15}  in {}", dollars(figures.cost.total()), length_text(length_simulated));
  lines.add("", "{:>15}  a month: {}", dollars(month.total()), parts);
  lines.add("", "{:>15}  a million calls", dollars(figures.per_million));
}

std::string_view word_of(Origin origin) {
  switch (origin) {
    case Origin::documented:
      return "documented by AWS";
    case Origin::measured:
      return "measured";
    case Origin::assumed:
      return "assumed";
    case Origin::given:
      return "given";
  }
  return {};
}

}  // namespace

std::string table(const Question& question, const Findings& findings) {
  const Figures& all = findings.all;
  Lines lines;
  lines.add("calls", "{:>15}", grouped(all.sums.calls));
  lines.add("cold starts", "{:>15}  {}", grouped(all.sums.cold), share(all.cold_share));
  add_throttled(lines, all);
  if (all.sums.errors + all.sums.timeouts > 0) {
    lines.add("errors", "{:>15}  {}, timeouts {}", grouped(all.sums.errors + all.sums.timeouts),
              share(all.error_share), grouped(all.sums.timeouts));
  }
  if (all.sums.waited > 0) {
    lines.add("waited", "{:>15}  mean of all {}", grouped(all.sums.waited),
              length(all.mean_wait.value));
  }
  lines.add("environments", "{:>15}  mean{}, peak {}", short_number(all.environments.value),
            interval(all.environments), all.environments_peak);
  lines.add("busy", "{:>15}  mean{}, p99 {}, p99.9 {}, peak {}", short_number(all.busy.value),
            interval(all.busy), all.busy_at[2], all.busy_at[3], all.busy_peak);
  lines.add("latency", "{:>10}{:>10}{:>10}{:>10}", "p50", "p90", "p99", "p99.9");
  add_latency(lines, "  all", all.all);
  if (all.cold.calls > 0 && all.warm.calls > 0) {
    add_latency(lines, "  warm", all.warm);
    add_latency(lines, "  cold", all.cold);
  }
  lines.add("GB-seconds", "{:>15}",
            short_number(all.usage.gb_seconds + all.usage.provisioned_duration_gb_seconds));
  add_cost(lines, all, findings.length);
  std::string text = question_text(question, findings) + '\n' + lines.take() + '\n';
  for (const Constant& constant : question.constants) {
    text +=
        fmt::format("{}: {} ({}{}{})\n", constant.name, constant.value, word_of(constant.origin),
                    constant.source.empty() ? "" : ": ", constant.source);
  }
  text += fmt::format("prices: {}, {} ({})\n", prices().region, prices().date, prices().source);
  text += fmt::format("decisions: {:016x}\n", findings.decision_hash);
  return text;
}

std::string function_table(const Findings& findings) {
  std::string text = fmt::format("{:<28}{:>12}{:>10}{:>10}{:>10}{:>12}\n", "function", "calls",
                                 "cold", "throttled", "peak", "a month");
  for (const Figures& one : findings.functions) {
    text += fmt::format("{:<28}{:>12}{:>10}{:>10}{:>10}{:>12}\n", one.name, grouped(one.sums.calls),
                        grouped(one.sums.cold), grouped(one.sums.throttled), one.environments_peak,
                        dollars(one.month.total()));
  }
  return text;
}

}  // namespace smyth::simulate
