#pragma once

#include "base/prng.h"
#include "base/time.h"
#include "sim/laws.h"
#include "traffic/call.h"

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace smyth::sim {

// Clients of a function in a closed loop: each thinks, calls, waits for the answer, and thinks
// again.
struct Clients {
  std::uint32_t function = 0;
  std::uint32_t count = 0;
  Law think = Law::constant(Duration{0});
};

// Who calls again: clients whose call was throttled and who try again, and clients of a closed
// loop, who have their answer. Their calls come back at their time, of equal times the one that was
// known first.
//
// A call that is throttled is tried again as AWS's SDKs do in their standard mode: after a random
// part of a second, the next time of two, of four, of at most 20 s.
class Callers {
 public:
  explicit Callers(std::uint64_t seed) : seed_(seed) {}

  // A call is attempted so often, the first time included.
  void set_attempts(std::uint32_t function, std::uint32_t attempts);
  // They think from `now` on.
  void add(const Clients& clients, TimePoint now);

  TimePoint first_at() const {
    return returns_.empty() ? TimePoint::max() : returns_.top().call.at;
  }
  // The first call to come back; the next begun() is of it.
  traffic::Call take();

  // A call that arrives becomes an invocation.
  void begin(std::uint32_t invocation, TimePoint now);
  // When it was attempted for the first time.
  TimePoint first_of(std::uint32_t invocation) const { return callers_[invocation].first; }

  enum class Answer : std::uint8_t { throttled, other };
  // It has its answer. `call` has its lengths. Whether the same call will be attempted again.
  bool end(std::uint32_t invocation, const traffic::Call& call, Answer answer, TimePoint now);

 private:
  static constexpr std::uint32_t no_group = ~std::uint32_t{0};

  struct Caller {
    TimePoint first{};
    std::uint32_t attempt = 1;
    std::uint32_t group = no_group;  // Of clients that it belongs to.
  };
  struct Return {
    traffic::Call call;
    Caller caller;
    std::uint64_t sequence = 0;

    bool operator>(const Return& other) const {
      return call.at != other.call.at ? call.at > other.call.at : sequence > other.sequence;
    }
  };
  struct Patience {
    std::uint32_t attempts;
    Prng waits;
  };
  struct Group {
    std::uint32_t function;
    Law think;
    Prng thoughts;
  };

  void think(std::uint32_t group, TimePoint now, Duration least);

  std::uint64_t seed_;
  std::uint64_t sequence_ = 0;
  std::vector<Patience> functions_;
  std::vector<Group> groups_;
  std::vector<Caller> callers_;  // By invocation.
  std::optional<Caller> taken_;
  std::priority_queue<Return, std::vector<Return>, std::greater<>> returns_;
};

}  // namespace smyth::sim
