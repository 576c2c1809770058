// Bytes as a life of the scheduler: every input at any time, with ids of the present and the past.
// What must always hold is checked after each step, and the record of it all is replayed at the
// end.
#include "base/check.h"
#include "core/record.h"
#include "core/replay.h"
#include "core/scheduler.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace {

using namespace smyth;
using namespace smyth::core;

class Life {
 public:
  explicit Life(std::span<const std::uint8_t> bytes) : bytes_(bytes), recorder_(record_, 0) {}

  void live() {
    step(Input::configure(scheduler_.next_function(), spec()));
    while (!bytes_.empty()) act();
    settle();
    std::istringstream in(record_.str());
    const auto replayed = replay(in);
    SMYTH_CHECK(replayed.has_value());
    SMYTH_CHECK(replayed->decision_hash == scheduler_.decision_hash());
  }

 private:
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  Duration length() { return std::chrono::milliseconds(byte() % 16); }

  FunctionSpec spec() {
    const std::uint8_t shape = byte();
    FunctionSpec made{.concurrency = shape % 4u + 1,
                      .queue_limit = shape / 4u % 4u,
                      .event_queue_limit = shape / 16u % 4u,
                      .strategy = static_cast<Strategy>(byte() % 7),
                      .overflow = static_cast<Overflow>(byte() % 2)};
    const std::uint8_t more = byte();
    made.provisioned = more % 4 == 3 ? 2 : 0;
    made.prepares = more / 4 % 4 == 3;
    if (more / 16 % 4 == 3) made.reserved = more / 64u;
    made.next_wait = length();
    made.timeout = length();
    made.queue_wait = length();
    made.init_timeout = length();
    made.idle_max = length();
    made.life_max = length();
    return made;
  }

  template <class Ids>
  auto any(const Ids& ids) -> typename Ids::value_type {
    if (ids.empty()) return {};
    // Mostly one of the latest.
    const std::size_t back = byte() % 8;
    return ids[ids.size() - 1 - std::min<std::size_t>(back, ids.size() - 1)];
  }
  FunctionId function() { return {byte() % (scheduler_.next_function().index + 1), 0}; }

  void act() {
    now_ += std::chrono::milliseconds(byte() % 4);
    const std::uint8_t kind = byte();
    const std::uint8_t detail = byte();
    switch (static_cast<InputKind>(kind % 19)) {
      case InputKind::configure: {
        const FunctionSpec made = spec();
        return step(Input::configure(function(), made));
      }
      case InputKind::remove:
        return detail % 4 == 0 ? step(Input::remove(function())) : arrive(detail);
      case InputKind::account: {
        const AccountSpec made{.concurrency = detail % 8u,
                               .scaling = byte() % 4u,
                               .scaling_burst = byte() % 4u,
                               .request_rate = byte() % 3u};
        return step(Input::limit_account(made));
      }
      case InputKind::arrive:
        return arrive(detail);
      case InputKind::abandon:
        return step(Input::abandon(any(invocations_)));
      case InputKind::chosen:
        return step(Input::chosen(any(invocations_), detail % 4));
      case InputKind::choice_failed:
        return step(Input::choice_failed(any(invocations_)));
      case InputKind::ready:
        return step(Input::ready(any(environments_)));
      case InputKind::failed:
        return step(Input::failed(any(environments_), static_cast<InitFailure>(detail % 3)));
      case InputKind::prepared:
        return step(Input::prepared(any(invocations_)));
      case InputKind::prepare_failed:
        return step(Input::prepare_failed(any(invocations_)));
      case InputKind::answered:
      case InputKind::completed: {
        const auto [environment, invocation] = any(deliveries_);
        const auto outcome = static_cast<Outcome>(detail % 2);
        return step(kind % 19 == static_cast<int>(InputKind::answered)
                        ? Input::answered(environment, invocation, outcome)
                        : Input::completed(environment, invocation, outcome));
      }
      case InputKind::exited:
        return step(Input::exited(any(environments_)));
      case InputKind::paused:
        return step(Input::paused(any(environments_)));
      case InputKind::resumed:
        return step(Input::resumed(any(environments_)));
      case InputKind::code_changed:
        return step(Input::code_changed(function()));
      case InputKind::shutdown:
        return detail % 16 == 0 ? step(Input::shutdown(now_ + length())) : arrive(detail);
      case InputKind::tick:
        return step(Input::tick());
    }
  }

  void arrive(std::uint8_t detail) {
    invocations_.push_back(scheduler_.next_invocation());
    SMYTH_CHECK(open_.insert(key(invocations_.back())).second);
    step(Input::arrive(function(), static_cast<Arrival>(detail % 2)));
  }

  // Nothing is left when all has been shut down.
  void settle() {
    step(Input::shutdown(now_));
    SMYTH_CHECK(open_.empty());
    SMYTH_CHECK(alive_.empty());
    SMYTH_CHECK(scheduler_.environment_count() == 0);
  }

  void step(const Input& input) {
    const auto actions = scheduler_.handle(input, now_);
    recorder_.write(input, now_, actions);
    for (const Action& action : actions) follow(action);
    // Its end was reported, and no kill came first: unless the report was ignored, it is gone.
    const bool is_end = input.kind == InputKind::failed || input.kind == InputKind::exited;
    if (is_end && scheduler_.environment_count() + 1 == alive_.size()) {
      SMYTH_CHECK(alive_.erase(key(input.environment)) == 1);
    }
    SMYTH_CHECK(scheduler_.environment_count() == alive_.size());
    check_slots();
  }

  void follow(const Action& action) {
    switch (action.kind) {
      case ActionKind::start:
        SMYTH_CHECK(alive_.insert(key(action.environment)).second);
        environments_.push_back(action.environment);
        return;
      case ActionKind::kill:
      case ActionKind::stop:
        SMYTH_CHECK(alive_.erase(key(action.environment)) == 1);
        return;
      case ActionKind::deliver:
        SMYTH_CHECK(alive_.contains(key(action.environment)));
        SMYTH_CHECK(open_.contains(key(action.invocation)));
        deliveries_.emplace_back(action.environment, action.invocation);
        return;
      case ActionKind::answer:
        SMYTH_CHECK(open_.erase(key(action.invocation)) == 1);
        return;
      case ActionKind::choose:
      case ActionKind::prepare:
        SMYTH_CHECK(open_.contains(key(action.invocation)));
        return;
    }
  }

  // No environment is in two slots, and every one that is in a slot is alive.
  void check_slots() {
    std::set<std::uint64_t> seen;
    for (std::uint32_t f = 0; f < scheduler_.next_function().index; ++f) {
      for (Slot slot = 0; slot < scheduler_.slot_count({f, 0}); ++slot) {
        const SlotView view = scheduler_.slot({f, 0}, slot);
        SMYTH_CHECK((view.state == SlotView::State::cold) == !view.environment);
        if (!view.environment) continue;
        SMYTH_CHECK(seen.insert(key(view.environment)).second);
        SMYTH_CHECK(alive_.contains(key(view.environment)));
      }
    }
  }

  template <class Tag>
  static std::uint64_t key(Id<Tag> id) {
    return static_cast<std::uint64_t>(id.index) << 32 | id.generation;
  }

  std::span<const std::uint8_t> bytes_;
  std::ostringstream record_;
  Scheduler scheduler_;
  Recorder recorder_;
  TimePoint now_{};
  std::vector<InvocationId> invocations_;
  std::vector<EnvironmentId> environments_;
  std::vector<std::pair<EnvironmentId, InvocationId>> deliveries_;
  std::set<std::uint64_t> open_;   // Invocations without an answer.
  std::set<std::uint64_t> alive_;  // Environments with processes.
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size <= 4096) Life({data, size}).live();
  return 0;
}
