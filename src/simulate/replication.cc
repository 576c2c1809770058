#include "simulate/replication.h"

#include "base/prng.h"
#include "core/scheduler.h"
#include "sim/call_driver.h"

#include <algorithm>
#include <utility>

namespace smyth::simulate {
namespace {

// The first replication has the question's own seed.
std::uint64_t seed_of(const Question& question, std::uint32_t number) {
  return number == 0 ? question.seed : Prng(question.seed, 0xaaaa + number).next();
}

Result<std::unique_ptr<traffic::CallSource>> open(const Question& question, std::uint64_t seed) {
  if (question.record) return question.record();
  std::vector<std::string> names;
  for (const Function& function : question.functions) names.push_back(function.name);
  return std::make_unique<sim::GeneratedCalls>(question.streams, std::move(names),
                                               TimePoint(*question.length), seed);
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
    // Those that are configured ahead: provisioned environments start at once.
    for (const Function& function : question_.functions) add(function);
    for (;;) {
      const auto batch = (*source)->next_batch();
      if (!batch) return std::unexpected(batch.error());
      if (batch->empty() || progress_.stop) break;
      if (!play(*batch, (*source)->functions())) break;
    }
    const TimePoint last = driver_.now();
    const TimePoint end =
        question_.length ? TimePoint(*question_.length) : (*source)->end().value_or(last);
    replication_.complete = !progress_.stop;
    replication_.end = replication_.complete ? std::max(end, last) : last;
    replication_.length = replication_.end - TimePoint(question_.warm_up);
    warm_up_until(replication_.end);
    driver_.run_until(replication_.end);
    if (watcher_ != nullptr) watcher_->over(replication_.end);
    replication_.decision_hash = scheduler_.decision_hash();
    return std::move(replication_);
  }

 private:
  // Whether there may be more to come.
  bool play(std::span<const traffic::Call> calls, std::span<const std::string> names) {
    std::span<const traffic::Call> rest = with_our_places(calls, names);
    const bool is_over = question_.length && rest.back().at > TimePoint(*question_.length);
    if (is_over) rest = rest.first(count_until(rest, TimePoint(*question_.length)));
    if (!warm_ && !rest.empty()) {
      const std::size_t before = count_until(rest, TimePoint(question_.warm_up));
      driver_.play(rest.first(before));
      if (before < rest.size()) warm_up_until(rest[before].at);
      rest = rest.subspan(before);
    }
    const TimePoint from = driver_.now();
    driver_.play(rest);
    progress_.calls += rest.size();
    progress_.simulated += (driver_.now() - from).count();
    return !is_over;
  }

  // The calls with the places of their functions among ours.
  std::span<const traffic::Call> with_our_places(std::span<const traffic::Call> calls,
                                                 std::span<const std::string> names) {
    while (places_.size() < names.size()) {
      places_.push_back(place_of(names[places_.size()]));
      are_same_ = are_same_ && places_.back() == places_.size() - 1;
    }
    if (are_same_) return calls;
    batch_.assign(calls.begin(), calls.end());
    for (traffic::Call& call : batch_) call.function = places_[call.function];
    return batch_;
  }

  static std::size_t count_until(std::span<const traffic::Call> calls, TimePoint end) {
    const auto later = std::ranges::upper_bound(calls, end, {}, &traffic::Call::at);
    return static_cast<std::size_t>(later - calls.begin());
  }

  void warm_up_until(TimePoint now) {
    if (warm_ || now < TimePoint(question_.warm_up)) return;
    driver_.run_until(TimePoint(question_.warm_up));
    replication_.tally.forget(TimePoint(question_.warm_up));
    warm_ = true;
  }

  // Where the function that the traffic calls so is among the replication's.
  std::uint32_t place_of(const std::string& name) {
    std::vector<Function>& functions = replication_.functions;
    const auto found = std::ranges::find(functions, name, &Function::name);
    const auto place = static_cast<std::uint32_t>(found - functions.begin());
    // One that is configured is meant by traffic that names none.
    if (found == functions.end() && name.empty() && functions.size() == 1) return 0;
    if (found == functions.end()) {
      Function function = question_.prototype;
      function.name = name;
      add(function);
    }
    return place;
  }

  void add(const Function& function) {
    if (watcher_ != nullptr) watcher_->added(function);
    driver_.add_function(function.model);
    replication_.functions.push_back(function);
  }

  const Question& question_;
  Progress& progress_;
  Watcher* watcher_;
  std::uint64_t seed_;
  core::Scheduler scheduler_;
  Replication replication_;
  sim::CallDriver driver_;
  std::vector<std::uint32_t> places_;  // Of the traffic's functions among ours.
  bool are_same_ = true;
  std::vector<traffic::Call> batch_;
  bool warm_ = false;
};

}  // namespace

Result<Replication> play(const Question& question, std::uint32_t number, Progress& progress,
                         Watcher* watcher) {
  return Player(question, number, progress, watcher).play();
}

}  // namespace smyth::simulate
