#include "sim/workload.h"

namespace smyth::sim {

Workload::Workload(FunctionId function, const Arrivals& arrivals, std::uint64_t seed)
    : function_(function),
      arrivals_(arrivals),
      gaps_(seed, std::uint64_t{function.index} * 8 + 4),
      kinds_(seed, std::uint64_t{function.index} * 8 + 5),
      left_of_burst_(arrivals.burst) {
  next_at_ += arrivals_.gap.draw(gaps_);
}

Workload::Arrival Workload::take() {
  const bool event = arrivals_.events > 0 && kinds_.happens(arrivals_.events);
  Arrival taken;
  taken.input = core::Input::arrive(function_,
                                    event ? core::Arrival::event : core::Arrival::request_response);
  if (arrivals_.abandon > 0 && kinds_.happens(arrivals_.abandon)) {
    taken.abandons = true;
    taken.patience = arrivals_.patience.draw(kinds_);
  }
  if (--left_of_burst_ == 0) {
    left_of_burst_ = arrivals_.burst;
    next_at_ += arrivals_.gap.draw(gaps_);
  }
  return taken;
}

}  // namespace smyth::sim
