#include "simulate/closed_form.h"

#include "simulate/figure_text.h"
#include "simulate/queue_formulas.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace smyth::simulate {
namespace {

using Unit = ClosedForm::Unit;

constexpr double ms = 1e-6;  // Of nanoseconds.

// Chooses the form, and puts its values beside those of the simulation.
class Chooser {
 public:
  Chooser(const Question& question, const Findings& findings)
      : question_(question), all_(findings.all) {}

  ClosedForm choose() {
    check_traffic();
    if (question_.functions.size() == 1) {
      check_function();
    } else {
      unmet("it is not one function that is asked for");
    }
    if (form_.unmet.empty()) choose_form();
    if (form_.values.empty()) form_.model.clear();
    return std::move(form_);
  }

 private:
  void unmet(std::string condition) { form_.unmet.push_back(std::move(condition)); }

  void check_traffic() {
    const bool is_one_stream =
        question_.streams.size() == 1 && question_.clients.empty() && !question_.record;
    const auto* const poisson =
        is_one_stream ? std::get_if<sim::PoissonArrivals>(&question_.streams[0].arrivals) : nullptr;
    if (poisson != nullptr && poisson->steps.size() == 1 && poisson->steps[0].per_second > 0) {
      rate_ = poisson->steps[0].per_second / 1e9;
    } else {
      unmet("calls do not come at random at one rate: `--rate` alone");
    }
    const auto& account = question_.account;
    if (account && (account->concurrency > 0 || account->request_rate > 0)) {
      unmet("limits of the account are on: `--account none`");
    }
  }

  // What no formula has.
  void check_function() {
    const Function& function = question_.functions[0];
    const core::FunctionSpec& spec = function.model.spec;
    duration_ = {function.model.duration.mean(), function.model.duration.mean_square()};
    load_ = rate_ * duration_.mean;
    if (duration_.mean <= 0) unmet("calls take no time");
    if (spec.timeout > Duration{0}) unmet("calls have a timeout: `--timeout none`");
    if (function.schedule.most() > 0) unmet("concurrency is provisioned");
    if (function.model.attempts > 1) unmet("throttled calls are tried again: `--retries none`");
    if (spec.function_idle_max > Duration{0} || spec.life_max > Duration{0}) {
      unmet("environments do not end by one idle limit: `--life none` or `--life ttl:600s`");
    }
    if (spec.overflow == core::Overflow::queue && spec.queue_wait > Duration{0}) {
      unmet("calls wait only for a time");
    }
    environments_ = spec.reserved;
    if (!function.model.without_slot_limit) {
      environments_ = std::min(environments_, spec.concurrency);
    }
    if (environments_ == 0) unmet("nothing is served");
    is_limited_ = environments_ != core::unreserved;
    expires_ = spec.idle_max > Duration{0};
    idle_max_ = static_cast<double>(spec.idle_max.count());
    check_cold(function);
  }

  void check_cold(const Function& function) {
    const sim::Law& init = function.model.init;
    init_ = {init.mean(), init.mean_square()};
    const std::optional<sim::Law>& whole = function.model.cold_duration;
    cold_mean_ = whole ? whole->mean() : duration_.mean + init_.mean;
    cold_is_longer_ = whole.has_value() || init_.mean > 0;
    // An init that takes too long begins again: only an exponential law does not feel that.
    const auto limit = static_cast<double>(function.model.spec.init_timeout.count());
    const double variance = std::max(0.0, init_.square - init_.mean * init_.mean);
    const double room = limit - init_.mean;  // Ten standard deviations are enough.
    const bool may_pass = room < 0 || 100 * variance > room * room;
    if (limit > 0 && expires_ && !whole && !init.is_exponential() && may_pass) {
      unmet("an init may pass its limit of 10 s: say cold calls as a whole, `--cold-duration`");
    }
  }

  void choose_form() {
    const bool queues =
        is_limited_ && question_.functions[0].model.spec.overflow == core::Overflow::queue;
    if (queues && environments_ == 1 && has_endless_queue() && expires_) return one_with_queue();
    if (!queues && environments_ == 1 && expires_) return one();
    if (expires_ && cold_is_longer_) {
      return unmet(
          "cold calls take longer than warm ones, and environments expire: `--life none`, or no "
          "`--init`");
    }
    if (queues) return queue();
    const bool is_pool = expires_ && is_exponential() && is_most_recent();
    if (is_pool) return pool();
    if (is_limited_) {
      loss();
    } else {
      no_limit();
    }
    if (!expires_) return;
    if (!is_exponential()) unmet("cold starts: durations are not exponential");
    if (!is_most_recent()) unmet("cold starts: the strategy is not `first_warm`");
  }

  bool is_exponential() const { return question_.functions[0].model.duration.is_exponential(); }
  bool is_most_recent() const {
    return question_.functions[0].model.spec.strategy == core::Strategy::first_warm;
  }
  bool has_endless_queue() const {
    return question_.functions[0].model.spec.queue_limit == ~std::uint32_t{0};
  }

  // Lengths are in nanoseconds.
  void add(std::string name, std::string label, Unit unit, double exact, Estimate simulated) {
    if (unit == Unit::milliseconds) {
      exact *= ms;
      simulated = {simulated.value * ms, simulated.low * ms, simulated.high * ms};
    }
    form_.values.push_back({std::move(name), std::move(label), unit, exact, simulated});
  }
  void add_throttled(double exact) {
    add("throttled_share", "throttled", Unit::share, exact, all_.throttled_share);
  }
  void add_cold(double exact) {
    add("cold_share", "cold starts", Unit::share, exact, all_.cold_share);
  }
  void add_environments(double exact) {
    add("environments.mean", "environments", Unit::number, exact, all_.environments);
  }
  void add_busy(double exact) { add("busy.mean", "  busy", Unit::number, exact, all_.busy); }

  void one_with_queue() {
    form_.model = "M/G/1 with set-up";
    if (load_ >= 1) return unmet("more calls come than one environment serves");
    if (question_.functions[0].model.cold_duration) {
      return unmet("cold calls are said as a whole: say `--init`");
    }
    const double served = static_cast<double>(std::max<std::uint64_t>(all_.sums.served, 1));
    const double init = static_cast<double>(all_.sums.init) / served;
    const Estimate& wait = all_.mean_wait;
    add("wait_and_init_mean_ms", "wait and init", Unit::milliseconds,
        wait_for_one(rate_, duration_, init_, idle_max_),
        {wait.value + init, wait.low + init, wait.high + init});
  }

  void one() {
    form_.model = "one environment with an idle limit";
    const Pool exact = one_environment(rate_, duration_.mean, cold_mean_, idle_max_);
    add_throttled(exact.throttled);
    add_cold(exact.cold);
    add_environments(exact.environments);
    add_busy(exact.busy);
  }

  void queue() {
    form_.model = has_endless_queue() ? "M/M/R (Erlang C)" : "M/M/R/K";
    if (!is_exponential()) return unmet("durations are not exponential");
    if (has_endless_queue() && load_ >= environments_) {
      return unmet("more calls come than the environments serve");
    }
    std::optional<std::uint32_t> limit;
    if (!has_endless_queue()) limit = question_.functions[0].model.spec.queue_limit;
    const Queue exact = queue_before(load_, environments_, limit);
    const double served = static_cast<double>(std::max<std::uint64_t>(all_.sums.served, 1));
    if (limit) add_throttled(exact.throttled);
    add("waited_share", "waited", Unit::share, exact.waits,
        Estimate::exactly(static_cast<double>(all_.sums.waited) / served));
    add("wait_mean_ms", "wait, mean", Unit::milliseconds, exact.mean_wait * duration_.mean,
        all_.mean_wait);
    add_busy(load_ * (1 - exact.throttled));
  }

  void pool() {
    form_.model = is_limited_ ? "M/M/R/R, the most recently used first, with an idle limit"
                              : "M/M/inf, the most recently used first, with an idle limit";
    std::optional<std::uint32_t> environments;
    if (is_limited_) environments = environments_;
    const Pool exact = most_recently_used(load_, idle_max_ / duration_.mean, environments);
    if (is_limited_) add_throttled(exact.throttled);
    add_cold(exact.cold);
    add_environments(exact.environments);
    add_busy(exact.busy);
  }

  void loss() {
    form_.model = "M/G/R/R (Erlang B)";
    const double throttled = erlang_b(load_, environments_);
    add_throttled(throttled);
    add_busy(load_ * (1 - throttled));
  }

  void no_limit() {
    form_.model = "M/G/inf";
    add_busy(load_);
    const NumbersOverTime numbers = poisson_numbers(load_);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const std::string percentile = fmt::format("p{:.6g}", time_percentiles[i] * 100);
      add("busy." + percentile, "  busy, " + percentile, Unit::number, numbers[i],
          Estimate::exactly(all_.busy_at[i]));
    }
  }

  const Question& question_;
  const Figures& all_;
  ClosedForm form_;
  double rate_ = 0;  // Calls a nanosecond.
  double load_ = 0;
  Moments duration_;  // Nanoseconds.
  Moments init_;
  double cold_mean_ = 0;
  double idle_max_ = 0;
  std::uint32_t environments_ = 0;
  bool is_limited_ = false;
  bool expires_ = false;
  bool cold_is_longer_ = false;
};

std::string value_text(Unit unit, double value) {
  switch (unit) {
    case Unit::share:
      return percent(value);
    case Unit::milliseconds:
      return length_text(value / ms);
    case Unit::number:
      return short_number(value);
  }
  return {};
}

}  // namespace

ClosedForm closed_form(const Question& question, const Findings& findings) {
  return Chooser(question, findings).choose();
}

std::string closed_form_text(const ClosedForm& form) {
  std::string text = fmt::format("closed form: {}\n", form.model.empty() ? "none" : form.model);
  if (!form.values.empty()) text += fmt::format("{:<15}{:>12}  {}\n", "", "exact", "simulated");
  for (const ClosedForm::Value& value : form.values) {
    const double scale = value.unit == Unit::share ? 100 : 1;
    text += fmt::format("{:<15}{:>12}  {}{}\n", value.label, value_text(value.unit, value.exact),
                        value_text(value.unit, value.simulated.value),
                        interval(value.simulated, scale));
  }
  for (const std::string& condition : form.unmet) {
    text += fmt::format("not met: {}\n", condition);
  }
  return text;
}

}  // namespace smyth::simulate
