#include "simulate/replication.h"

#include "base/prng.h"
#include "core/scheduler.h"
#include "sim/call_driver.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

namespace smyth::simulate {
namespace {

// So much virtual time is played before anybody can stop it.
constexpr Duration slice = std::chrono::seconds(10);

// The first replication has the question's own seed.
std::uint64_t seed_of(const Question& question, std::uint32_t number) {
  return number == 0 ? question.seed : Prng(question.seed, 0xaaaa + number).next();
}

Result<std::unique_ptr<traffic::CallSource>> open(const Question& question, std::uint64_t seed) {
  if (question.record) return question.record();
  std::vector<std::string> names;
  names.reserve(question.functions.size());
  for (const Function& function : question.functions) names.push_back(function.name);
  return std::make_unique<sim::GeneratedCalls>(
      question.streams, std::move(names), TimePoint(question.length.value_or(Duration{0})), seed);
}

// A run while it is played.
class Player {
 public:
  Player(const Question& question, std::uint32_t number, Progress& progress, Watcher* watcher)
      : question_(question),
        progress_(progress),
        watcher_(watcher),
        seed_(seed_of(question, number)),
        driver_(scheduler_, replication_.tally, seed_) {
    if (question.account) {
      driver_.submit(core::Input::limit_account(*question.account), TimePoint{});
    }
    replication_.seed = seed_;
    driver_.watch(watcher);
    warm_ = question.warm_up == Duration{0};
  }

  Result<Replication> play() {
    auto source = open(question_, seed_);
    if (!source) return std::unexpected(source.error());
    if (question_.strategies) {
      auto strategies = question_.strategies();
      if (!strategies) return std::unexpected(strategies.error());
      strategies_ = *std::move(strategies);
      driver_.ask(strategies_.get());
    }
    // Those that are configured ahead: provisioned environments start at once.
    for (const Function& function : question_.functions) add(function);
    for (const sim::Clients& clients : question_.clients) driver_.add_clients(clients);
    find_next_moment();
    for (;;) {
      const auto batch = (*source)->next_batch();
      if (progress_.stop) break;  // What ended a read is no error then.
      if (!batch) return std::unexpected(batch.error());
      if (batch->empty()) break;
      has_calls_ = true;
      const auto may_go_on = play(*batch, (*source)->functions());
      if (!may_go_on) return std::unexpected(may_go_on.error());
      if (auto fine = check_strategies(); !fine) return std::unexpected(std::move(fine.error()));
      is_cut_ = !*may_go_on;
      if (is_cut_) break;
    }
    replication_.complete = !progress_.stop;
    if (auto error = nobody_called(**source)) return std::unexpected(*std::move(error));
    const auto recorded_end = (*source)->end();
    if (!question_.length && !recorded_end && replication_.complete) driver_.run_until_idle();
    const TimePoint last = driver_.now();
    const TimePoint end =
        question_.length ? TimePoint(*question_.length) : recorded_end.value_or(last);
    replication_.end = replication_.complete ? std::max(end, last) : last;
    run_until(replication_.end);
    const Duration warm_up = question_.warm_up;
    if (warm_up > Duration{0} && TimePoint(warm_up) >= replication_.end && replication_.complete) {
      return misuse("`--warmup` is as long as all of the simulation", "make it shorter");
    }
    if (warm_) {
      replication_.length = replication_.end - TimePoint(warm_up);
    } else {  // Interrupted before there were any figures.
      replication_.tally.forget(replication_.end);
    }
    if (watcher_ != nullptr) watcher_->over(replication_.end);
    settle_provisioned();
    if (auto fine = check_strategies(); !fine) return std::unexpected(std::move(fine.error()));
    replication_.decision_hash = scheduler_.decision_hash();
    return std::move(replication_);
  }

 private:
  static constexpr std::uint32_t left_out = ~std::uint32_t{0};

  // Why nothing came of a record.
  std::optional<Error> nobody_called(const traffic::CallSource& source) const {
    if (!question_.record || !replication_.complete || driver_.arrived() > 0) return {};
    if (!has_calls_) {
      return Error{ErrorCode::misused, fmt::format("there are no {}", question_.traffic_text), {}};
    }
    if (is_cut_ && question_.length) {
      return Error{
          ErrorCode::misused,
          fmt::format(
              "nobody calls{} within {} in {}",
              question_.only_these ? fmt::format(" `{}`", question_.functions.front().name) : "",
              length_text(*question_.length), question_.traffic_text),
          "make `--for` longer"};
    }
    // The functions that are meant are none of those that it names.
    const std::string called(source.functions().front());
    return Error{ErrorCode::misused,
                 fmt::format("nobody calls `{}` in {}", question_.functions.front().name,
                             question_.traffic_text),
                 called.empty() ? std::string{} : fmt::format("`{}` is called there", called)};
  }

  // Strategies that fail end the simulation.
  Result<void> check_strategies() const {
    if (!strategies_) return {};
    const std::optional<Error>& error = strategies_->error();
    if (error) return std::unexpected(*error);
    return {};
  }

  // Calls that nobody says the length of would take none.
  Result<void> check_durations(std::span<const traffic::Call> calls) const {
    if (!question_.record_needs_durations) return {};
    for (const traffic::Call& call : calls) {
      const Function& function = replication_.functions[call.function];
      const bool is_said =
          call.duration != traffic::unsaid || call.cold_duration != traffic::unsaid;
      if (is_said || !function.duration_text.empty()) continue;
      return misuse(
          fmt::format("nothing says how long the call of `{}` at {} s takes ({})", function.name,
                      std::chrono::duration<double>(call.at.time_since_epoch()).count(),
                      question_.traffic_text),
          "add `--duration 80ms`, or a column `duration` or `end`");
    }
    return {};
  }

  // Whether there may be more to come.
  Result<bool> play(std::span<const traffic::Call> calls, std::span<const std::string> names) {
    const bool is_over = question_.length && calls.back().at > TimePoint(*question_.length);
    std::span<const traffic::Call> rest = with_our_places(calls, names);
    if (is_over) rest = rest.first(count_until(rest, TimePoint(*question_.length)));
    if (auto said = check_durations(rest); !said) return std::unexpected(std::move(said.error()));
    const TimePoint from = driver_.now();
    const std::uint64_t before = driver_.arrived();
    while (!rest.empty() && next_moment_ < rest.back().at) {
      const std::size_t count = count_until(rest, next_moment_);
      driver_.play(rest.first(count));
      rest = rest.subspan(count);
      pass_moment();
    }
    driver_.play(rest);
    progress_.calls += driver_.arrived() - before;
    progress_.simulated += (driver_.now() - from).count();
    return !is_over;
  }

  // The calls with the places of their functions among ours.
  std::span<const traffic::Call> with_our_places(std::span<const traffic::Call> calls,
                                                 std::span<const std::string> names) {
    while (places_.size() < names.size()) {
      const std::size_t theirs = places_.size();
      const auto first = std::ranges::find(calls, theirs, &traffic::Call::function);
      places_.push_back(place_of(names[theirs], first == calls.end() ? 0 : first->memory_mib));
      are_same_ = are_same_ && places_.back() == theirs;
    }
    if (are_same_) return calls;
    batch_.assign(calls.begin(), calls.end());
    for (traffic::Call& call : batch_) call.function = places_[call.function];
    std::erase_if(batch_, [](const traffic::Call& call) { return call.function == left_out; });
    return batch_;
  }

  static std::size_t count_until(std::span<const traffic::Call> calls, TimePoint end) {
    const auto later = std::ranges::upper_bound(calls, end, {}, &traffic::Call::at);
    return static_cast<std::size_t>(later - calls.begin());
  }

  // Until a time after the last call of the traffic: clients may call on, so that it takes as long
  // as the rest, and may be stopped.
  void run_until(TimePoint end) {
    while (driver_.now() < end && !progress_.stop) {
      while (next_moment_ <= driver_.now()) pass_moment();
      const TimePoint from = driver_.now();
      const std::uint64_t before = driver_.arrived();
      const TimePoint until = std::min({end, next_moment_, from + slice});
      driver_.run_until(until);
      progress_.calls += driver_.arrived() - before;
      progress_.simulated += (until - from).count();
    }
    if (progress_.stop) replication_.complete = false;
    if (next_moment_ <= end && !progress_.stop) pass_moment();
    replication_.end = driver_.now();
  }

  // What happens at a time of its own: the warm-up ends, or other concurrency is provisioned.
  void pass_moment() {
    const TimePoint now = next_moment_;
    driver_.run_until(now);
    settle_provisioned();
    if (!warm_ && now >= TimePoint(question_.warm_up)) {
      replication_.tally.forget(now);
      replication_.provisioned.assign(replication_.functions.size(), {});
      settled_.assign(replication_.functions.size(), {});
      warm_ = true;
    }
    for (std::uint32_t i = 0; i < replication_.functions.size(); ++i) {
      Function& function = replication_.functions[i];
      const std::uint32_t level = function.schedule.level_at(now);
      if (function.schedule.windows.empty() || level == levels_[i]) continue;
      levels_[i] = level;
      driver_.provision(i, level);
    }
    find_next_moment();
  }

  void find_next_moment() {
    next_moment_ = warm_ ? TimePoint::max() : TimePoint(question_.warm_up);
    for (const Function& function : replication_.functions) {
      next_moment_ = std::min(next_moment_, function.schedule.next_change(driver_.now()));
    }
  }

  // Up to now, at the levels that held: of the environments busy at a time those are provisioned
  // that there are, the rest is paid for as it runs.
  void settle_provisioned() {
    for (std::uint32_t i = 0; i < replication_.functions.size(); ++i) {
      sim::Occupancy& environments = replication_.tally.function(i).environments;
      environments.change_busy(environments.busy(), driver_.now());
      const std::vector<Duration>& times = environments.time_by_busy();
      std::vector<Duration>& settled = settled_[i];
      settled.resize(times.size());
      Provisioned& provisioned = replication_.provisioned[i];
      for (std::size_t busy = 0; busy < times.size(); ++busy) {
        const auto length = static_cast<double>((times[busy] - settled[busy]).count());
        provisioned.reserved += length * levels_[i];
        provisioned.busy += length * static_cast<double>(busy);
        provisioned.covered +=
            length * static_cast<double>(std::min<std::size_t>(busy, levels_[i]));
        settled[busy] = times[busy];
      }
    }
  }

  // Where the function that the traffic calls so is among the replication's.
  std::uint32_t place_of(const std::string& name, std::uint32_t memory_mib) {
    std::vector<Function>& functions = replication_.functions;
    if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    // One that is configured is meant by traffic that names none.
    if (name.empty() && functions.size() == 1) return 0;
    if (question_.only_these) return left_out;
    Function function = question_.prototype;
    function.name = name.empty() ? "function" : name;
    if (function.memory_mib == 0) function.memory_mib = memory_mib;
    if (function.memory_mib == 0) function.memory_mib = memory_mib_default;
    add(function);
    return static_cast<std::uint32_t>(functions.size() - 1);
  }

  void add(const Function& function) {
    if (watcher_ != nullptr) watcher_->added(function);
    by_name_.emplace(function.name, static_cast<std::uint32_t>(replication_.functions.size()));
    replication_.functions.push_back(function);
    Function& added = replication_.functions.back();
    added.model.spec.provisioned = added.schedule.level_at(driver_.now());
    driver_.add_function(added.model);
    levels_.push_back(added.model.spec.provisioned);
    replication_.provisioned.emplace_back();
    settled_.emplace_back();
  }

  const Question& question_;
  Progress& progress_;
  Watcher* watcher_;
  std::uint64_t seed_;
  std::unique_ptr<Strategies> strategies_;  // None: they are all the scheduler's own.
  core::Scheduler scheduler_;
  Replication replication_;
  sim::CallDriver driver_;
  std::unordered_map<std::string, std::uint32_t> by_name_;  // Our functions' places.
  std::vector<std::uint32_t> places_;  // Of the traffic's functions among them.
  bool are_same_ = true;
  bool has_calls_ = false;  // The traffic, any at all.
  bool is_cut_ = false;     // It goes on after the end.
  std::vector<traffic::Call> batch_;
  bool warm_ = false;
  TimePoint next_moment_ = TimePoint::max();
  std::vector<std::uint32_t> levels_;           // Provisioned now, of each function.
  std::vector<std::vector<Duration>> settled_;  // By function and number of busy environments.
};

}  // namespace

Provisioned& Provisioned::operator+=(const Provisioned& other) {
  reserved += other.reserved;
  covered += other.covered;
  busy += other.busy;
  return *this;
}

Result<Replication> play(const Question& question, std::uint32_t number, Progress& progress,
                         Watcher* watcher) {
  return Player(question, number, progress, watcher).play();
}

}  // namespace smyth::simulate
