#include "sim/callers.h"

#include <algorithm>
#include <chrono>

namespace smyth::sim {
namespace {

constexpr Duration wait_max = std::chrono::seconds(20);

// Nobody calls again at once: who is refused at once and thinks of nothing would never let time go
// on.
constexpr Duration think_min = std::chrono::microseconds(1);
constexpr Duration think_min_throttled = std::chrono::milliseconds(1);

// Streams of random numbers that no other part of a run has.
constexpr std::uint64_t waits_of = 0x4'0000'0000;
constexpr std::uint64_t thoughts_of = 0x5'0000'0000;

}  // namespace

void Callers::set_attempts(std::uint32_t function, std::uint32_t attempts) {
  while (functions_.size() <= function) {
    functions_.push_back({.attempts = 1, .waits = Prng(seed_, waits_of + functions_.size())});
  }
  functions_[function].attempts = attempts;
}

void Callers::add(const Clients& clients, TimePoint now) {
  const auto group = static_cast<std::uint32_t>(groups_.size());
  groups_.push_back({.function = clients.function,
                     .think = clients.think,
                     .thoughts = Prng(seed_, thoughts_of + group)});
  for (std::uint32_t i = 0; i < clients.count; ++i) think(group, now, Duration{0});
}

void Callers::think(std::uint32_t group, TimePoint now, Duration least) {
  Group& clients = groups_[group];
  const TimePoint at = now + std::max(least, clients.think.draw(clients.thoughts));
  returns_.push({.call = {.at = at, .function = clients.function},
                 .caller = {.first = at, .group = group},
                 .sequence = ++sequence_});
}

traffic::Call Callers::take() {
  const Return first = returns_.top();
  returns_.pop();
  taken_ = first.caller;
  return first.call;
}

void Callers::begin(std::uint32_t invocation, TimePoint now) {
  if (callers_.size() <= invocation) callers_.resize(std::size_t{invocation} + 1);
  callers_[invocation] = taken_.value_or(Caller{.first = now});
  taken_.reset();
}

bool Callers::end(std::uint32_t invocation, const traffic::Call& call, Answer answer,
                  TimePoint now) {
  const Caller caller = callers_[invocation];
  const bool has_patience =
      call.function < functions_.size() && caller.attempt < functions_[call.function].attempts;
  if (answer == Answer::throttled && has_patience) {
    const Duration longest = std::chrono::seconds(1) * (1u << std::min(caller.attempt - 1, 5u));
    Return again{.call = call, .caller = caller, .sequence = ++sequence_};
    again.call.at = now + std::min(wait_max, functions_[call.function].waits.uniform(longest));
    ++again.caller.attempt;
    returns_.push(again);
    return true;
  }
  if (caller.group != no_group) {
    think(caller.group, now, answer == Answer::throttled ? think_min_throttled : think_min);
  }
  return false;
}

}  // namespace smyth::sim
