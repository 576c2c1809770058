// What the account allows: reserved, provisioned and shared concurrency, new environments and
// requests in a time.
#include "core/state.h"

namespace smyth::core {

void Scheduler::State::limit_account(const Input& input) {
  if (is_closing_) return;
  account_ = *input.account;
  const std::uint64_t rate = std::uint64_t{account_.concurrency} * account_.request_rate;
  account_rate_.fill(rate, request_rate_period, now_);
  burst_scaling_.fill(account_.scaling, burst_scaling_period, account_.scaling_burst, now_);
  for (Index f = 0; f < functions_.size(); ++f) {
    fill_scaling(f);
    fill_rate(f);
    renew_limits(f);
  }
  renew_shared();
  for (Index f = 0; f < functions_.size(); ++f) settle(f);
}

void Scheduler::State::fill_scaling(Index f) {
  pools_[f].scaling.fill(account_.concurrency > 0 ? account_.scaling : 0, scaling_period, now_);
}

// The bucket of new environments: each function's own, but for the burst that all share.
TokenBucket& Scheduler::State::scaling_of(Index f) {
  const bool is_shared = account_.concurrency > 0 && account_.scaling_burst > 0;
  return is_shared ? burst_scaling_ : pools_[f].scaling;
}

// Of its own: where concurrency is reserved.
void Scheduler::State::fill_rate(Index f) {
  Pool& pool = pools_[f];
  const bool has_own = pool.spec.reserved != unreserved;
  const std::uint64_t rate = std::uint64_t{pool.spec.reserved} * account_.request_rate;
  pool.rate.fill(has_own ? rate : 0, request_rate_period, now_);
}

// Whether the function is limited, and what of it counts: after a change of it or of the account.
void Scheduler::State::renew_limits(Index f) {
  Function& function = functions_[f];
  Pool& pool = pools_[f];
  shared_use_ -= pool.in_use > pool.own ? pool.in_use - pool.own : 0;
  const bool is_reserved = pool.spec.reserved != unreserved;
  function.limited = !function.closed && (is_reserved || account_.concurrency > 0);
  const bool may_rest = pool.spec.function_idle_max > Duration{0};
  function.counted = function.limited || (!function.closed && may_rest);
  const bool keeps_ahead = function.limited && pool.spec.provisioned > 0;
  function.quick_give = function.strategy == Strategy::first_warm && !keeps_ahead;
  pool.own = is_reserved ? unreserved : pool.spec.provisioned;
  pool.in_use = 0;
  for (Slot slot = 0; function.counted && slot < pool.spec.concurrency; ++slot) {
    const Index e = slot_at(f, slot).environment;
    if (e != nothing && environments_[e].invocation != nothing) ++pool.in_use;
  }
  shared_use_ += pool.in_use > pool.own ? pool.in_use - pool.own : 0;
}

// What those without reserved concurrency share.
void Scheduler::State::renew_shared() {
  std::uint64_t taken = 0;
  for (Index f = 0; f < functions_.size(); ++f) {
    const FunctionSpec& spec = pools_[f].spec;
    if (functions_[f].closed) continue;
    taken += spec.reserved != unreserved ? spec.reserved : spec.provisioned;
  }
  shared_ = account_.concurrency > taken ? account_.concurrency - taken : 0;
}

// A start of a new environment; one that was reset is none.
Reason Scheduler::State::over_scaling(Index f, Pick pick) {
  if (!pick.starts()) return Reason::none;
  const SlotRecord& slot = slots_[functions_[f].first_slot + pick.slot];
  const bool is_new = pick.environment != nothing || slot.environment == nothing;
  if (!is_new || scaling_of(f).has_token(now_)) return Reason::none;
  return pools_[f].spec.reserved != unreserved ? Reason::reserved_scaling : Reason::account_scaling;
}

// Why no invocation may go there at present.
Reason Scheduler::State::refusal(Index f, Pick pick) {
  if (!functions_[f].limited) return Reason::none;
  const Reason reason = over_concurrency(f);
  return reason != Reason::none ? reason : over_scaling(f, pick);
}

// Whether the arrival may take what was picked, or wait. Otherwise it is throttled; an event is
// not, and waits.
bool Scheduler::State::admit(Index i, Pick pick) {
  const Invocation& invocation = invocations_[i];
  const Index f = invocation.function;
  // Who waits for an environment that has answered will be in its place, not beside it.
  Reason reason = invocation.awaits_next ? Reason::none : refusal(f, pick);
  if (invocation.is_event) {
    if (reason != Reason::none) overflow(i, no_slot);
    return reason == Reason::none;
  }
  if (reason == Reason::none && !rate_of(f).take(now_)) {
    const bool is_reserved = pools_[f].spec.reserved != unreserved;
    reason = is_reserved ? Reason::reserved_rate : Reason::account_rate;
  }
  if (reason != Reason::none) finish(i, Verdict::throttled, reason);
  return reason == Reason::none;
}

// Whether one that waits has to go on waiting though there is a place. The function looks again
// when something of its own ends, and after a while, since others may have made room.
bool Scheduler::State::is_held_back(Index f, Index i, Pick pick) {
  if (refusal(f, pick) == Reason::none) return false;
  Pool& pool = pools_[f];
  if (!invocations_[i].awaits_next && pool.retry == TimePoint::max()) {
    pool.retry = now_ + held_retry;
    due(f, pool.retry, Due::retry);
  }
  return true;
}

}  // namespace smyth::core
