#include "simulate/json_report.h"

#include "simulate/closed_form.h"
#include "simulate/reasons.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace smyth::simulate {
namespace {

using Layout = JsonWriter::Layout;

constexpr double milliseconds = 1e-6;  // Of nanoseconds.

void append(JsonWriter& json, std::string_view name, const Estimate& estimate, double scale = 1) {
  json.member(name).object(Layout::line);
  json.member("value").number(estimate.value * scale);
  json.member("low").number(estimate.low * scale);
  json.member("high").number(estimate.high * scale);
  json.end();
}

// "p50", "p99.9"
std::string percentile_name(double probability) {
  return fmt::format("p{:.6g}", probability * 100);
}

void append(JsonWriter& json, std::string_view name, const Latency& latency) {
  json.member(name).object();
  json.member("calls").count(latency.calls);
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    append(json, percentile_name(percentiles[i]), latency.at[i], milliseconds);
  }
  json.end();
}

void append(JsonWriter& json, std::string_view name, const Cost& cost) {
  json.member(name).object(Layout::line);
  json.member("requests").number(cost.requests);
  json.member("compute").number(cost.compute);
  json.member("init").number(cost.init);
  json.member("provisioned").number(cost.provisioned);
  json.member("total").number(cost.total());
  json.end();
}

void append_counts(JsonWriter& json, const Figures& figures) {
  const sim::Sums& sums = figures.sums;
  json.member("calls").count(sums.calls);
  json.member("served").count(sums.served);
  json.member("answered").count(sums.answered);
  json.member("cold").count(sums.cold);
  json.member("waited").count(sums.waited);
  json.member("errors").count(sums.errors);
  json.member("timeouts").count(sums.timeouts);
  json.member("throttled").count(sums.throttled);
  json.member("throttled_by_reason").object(Layout::line);
  for (std::size_t i = 1; i < figures.throttled.size(); ++i) {
    json.member(name_of(static_cast<core::Reason>(i))).count(figures.throttled[i]);
  }
  json.end();
  append(json, "cold_share", figures.cold_share);
  append(json, "throttled_share", figures.throttled_share);
  append(json, "error_share", figures.error_share);
  append(json, "wait_mean_ms", figures.mean_wait, milliseconds);
}

void append(JsonWriter& json, const NumbersOverTime& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    json.member(percentile_name(time_percentiles[i])).count(numbers[i]);
  }
}

void append_environments(JsonWriter& json, const Figures& figures) {
  const sim::Sums& sums = figures.sums;
  json.member("environments").object();
  json.member("started").count(figures.started);
  append(json, "mean", figures.environments);
  json.member("peak").count(figures.environments_peak);
  append(json, figures.environments_at);
  json.member("busy_s").seconds(sums.busy);
  json.member("idle_s").seconds(sums.alive - sums.busy);
  append(json, "utilisation", figures.utilisation);
  json.end();
  json.member("busy").object();
  append(json, "mean", figures.busy);
  json.member("peak").count(figures.busy_peak);
  append(json, figures.busy_at);
  json.end();
}

void append_usage(JsonWriter& json, const Figures& figures) {
  const sim::Sums& sums = figures.sums;
  const Usage& usage = figures.usage;
  json.member("elapsed_s").seconds(sums.elapsed);
  json.member("init_s").seconds(sums.init);
  json.member("run_s").seconds(sums.run);
  json.member("billed_ms").count(sums.billed_ms);
  json.member("gb_seconds").object(Layout::line);
  json.member("on_demand").number(usage.gb_seconds);
  json.member("of_it_init").number(usage.init_gb_seconds);
  json.member("provisioned").number(usage.provisioned_gb_seconds);
  json.member("in_provisioned").number(usage.provisioned_duration_gb_seconds);
  json.end();
  append(json, "cost_usd", figures.cost);
  append(json, "month_usd", figures.month);
  json.member("usd_per_million").number(figures.per_million);
}

void append_figures(JsonWriter& json, const Figures& figures) {
  if (!figures.name.empty()) json.member("name").text(figures.name);
  if (figures.memory_mib > 0) json.member("memory_mib").count(figures.memory_mib);
  append_counts(json, figures);
  append_environments(json, figures);
  json.member("latency_ms").object();
  append(json, "all", figures.all);
  append(json, "warm", figures.warm);
  append(json, "cold", figures.cold);
  json.end();
  append_usage(json, figures);
}

// What is said of the whole simulation and of each run alike.
template <class Found>
void append_found(JsonWriter& json, const Found& found) {
  json.member("complete").boolean(found.complete);
  json.member("decision_hash").text(fmt::format("{:016x}", found.decision_hash));
  json.member("length_s").seconds(static_cast<std::uint64_t>(found.length.count()));
  json.member("all").object();
  append_figures(json, found.all);
  json.end();
  json.member("functions").array();
  for (const Figures& one : found.functions) {
    json.object();
    append_figures(json, one);
    json.end();
  }
  json.end();
}

std::string_view word_of(Origin origin) {
  constexpr std::array<std::string_view, 4> words = {"documented", "measured", "assumed", "given"};
  return words[static_cast<std::size_t>(origin)];
}

void append_sources(JsonWriter& json, const Question& question) {
  json.member("constants").array();
  for (const Constant& constant : question.constants) {
    json.object(Layout::line);
    json.member("name").text(constant.name).member("value").text(constant.value);
    json.member("origin").text(word_of(constant.origin)).member("source").text(constant.source);
    json.end();
  }
  json.end();
  json.member("prices").object(Layout::line);
  json.member("date").text(prices().date).member("region").text(prices().region);
  json.member("source").text(prices().source).end();
}

void append(JsonWriter& json, const ClosedForm& form) {
  json.member("closed_form").object();
  json.member("model").text(form.model);
  json.member("unmet").array();
  for (const std::string& condition : form.unmet) json.text(condition);
  json.end().member("values").array();
  for (const ClosedForm::Value& value : form.values) {
    json.object(Layout::line).member("name").text(value.name);
    json.member("exact").number(value.exact);
    append(json, "simulated", value.simulated);
    json.end();
  }
  json.end().end();
}

}  // namespace

void append_findings(JsonWriter& json, const Question& question, const Findings& findings) {
  json.object();
  json.member("schema").text("smyth-simulate-1");
  json.member("traffic").text(question.traffic_text);
  json.member("seed").count(question.seed);
  json.member("replications").count(findings.replications);
  json.member("warm_up_s").seconds(static_cast<std::uint64_t>(findings.warm_up.count()));
  json.member("has_warm_up").boolean(findings.has_warm_up);
  append_sources(json, question);
  append_found(json, findings);
  if (question.is_analytic) append(json, closed_form(question, findings));
  json.member("runs").array();
  for (const Run& run : findings.runs) {
    json.object().member("seed").count(run.seed);
    append_found(json, run);
    json.end();
  }
  json.end().end();
}

std::string json_report(const Question& question, const Findings& findings) {
  JsonWriter json;
  append_findings(json, question, findings);
  return json.take();
}

}  // namespace smyth::simulate
