"""The mutants: one rule of the scheduler each, broken by small edits of src/core.

An edit is (file, text that occurs there once, what stands there instead).
"""

from typing import List, NamedTuple, Tuple


class Mutant(NamedTuple):
    name: str
    edits: List[Tuple[str, str, str]]
    everywhere: bool = False  # The tests of the live server's driver and of the simulator must notice it, too.


MUTANTS = [
    Mutant("none", []),  # The tests pass without a mutant.

    # Which environment serves.
    Mutant("least_recently_used", [
        ("dispatch.cc", "    case Strategy::user:\n      return idle.tail;",
         "    case Strategy::user:\n      return idle.head;"),
        ("scheduler.cc", "return give(function.idle.tail, i);", "return give(function.idle.head, i);")], everywhere=True),
    Mutant("least_recently_used_is_most", [
        ("dispatch.cc", "    case Strategy::least_recently_used:\n      return idle.head;",
         "    case Strategy::least_recently_used:\n      return idle.tail;")]),
    Mutant("newest_is_oldest", [
        ("dispatch.cc", "environments_[e].serial > environments_[picked].serial",
         "environments_[e].serial < environments_[picked].serial")]),
    Mutant("oldest_is_newest", [
        ("dispatch.cc", "if (environments_[e].serial < environments_[picked].serial) picked = e;",
         "if (environments_[e].serial > environments_[picked].serial) picked = e;")]),
    Mutant("random_is_the_first", [("dispatch.cc", "for (; left > 0; --left)", "for (; left > 1; --left)")]),
    Mutant("cold_before_reset", [
        ("dispatch.cc", """  Slot slot = pools_[f].reset.lowest();
  if (slot == no_slot) slot = pools_[f].cold.lowest();
""",
         """  Slot slot = pools_[f].cold.lowest();
  if (slot == no_slot) slot = pools_[f].reset.lowest();
""")]),
    Mutant("round_robin_latest_first", [
        ("dispatch.cc", "return a.order != b.order ? a.order < b.order : &a - all < &b - all;",
         "return a.order != b.order ? a.order > b.order : &a - all < &b - all;")]),
    Mutant("start_is_no_use_of_a_slot", [("lifecycle.cc", "    note_given(f, slot);\n", "")]),
    Mutant("one_slot_too_many", [
        ("configure.cc", "std::max(input.spec->concurrency, 1u);", "std::max(input.spec->concurrency, 1u) + 1;")]),
    Mutant("free_environment_ignores_the_line", [
        ("dispatch.cc", "  if (serves(in_line)) return give(e, in_line);\n", "  (void)in_line;\n")]),

    # Waiting.
    Mutant("queue_is_a_stack", [
        ("waiting.cc", "[](const Invocation& a, const Invocation& b) { return a.order < b.order; });\n  ++(",
         "[](const Invocation& a, const Invocation& b) { return a.order > b.order; });\n  ++(")]),
    Mutant("queue_limit_off_by_one", [
        ("waiting.cc", "pool.waiting < pool.spec.queue_limit", "pool.waiting <= pool.spec.queue_limit")]),
    Mutant("event_queue_without_limit", [
        ("waiting.cc", "pool.waiting_events < pool.spec.event_queue_limit", "true")]),
    Mutant("overflow_always_queues", [
        ("waiting.cc", "if (!may_wait) return finish(i, Verdict::throttled, Reason::slots);", "")]),
    Mutant("events_are_throttled", [
        ("waiting.cc", "      invocation.is_event || pools_", "      pools_")]),
    Mutant("wait_a_nanosecond_longer", [
        ("deadlines.cc", "invocation.wait_until = now_ + pool.spec.queue_wait;",
         "invocation.wait_until = now_ + pool.spec.queue_wait + Duration(1);")]),
    Mutant("events_give_up_waiting", [
        ("deadlines.cc", "const bool is_endless = invocation.is_event || ", "const bool is_endless = ")]),
    Mutant("two_choices_at_once", [
        ("waiting.cc", "    if (pool.choosing != nothing || is_held_back(f, i, {})) return;\n", ""),
        ("waiting.cc", "  if (pool.choosing == nothing && pool.line.empty()) return choose(i);", "  return choose(i);")]),
    Mutant("next_is_not_awaited", [
        ("waiting.cc", "const bool awaits = !pick.is_found() && awaits_next(f, i);", "const bool awaits = false;")]),
    Mutant("next_is_awaited_by_everybody", [
        ("waiting.cc", "return count_answered(f, i) > in_line;", "return count_answered(f, i) > in_line * 0;")]),
    Mutant("next_is_awaited_a_nanosecond_longer", [
        ("deadlines.cc", "now_ + pool.spec.next_wait;", "now_ + pool.spec.next_wait + Duration(1);")]),
    Mutant("next_of_the_gone_is_awaited", [
        ("waiting.cc", "        if (count_answered(f, i) > 0) return;\n        give_up_next(i);\n", "        return;\n")]),
    Mutant("queue_wait_counts_from_after_next_wait", [
        ("deadlines.cc", "if (!is_endless && invocation.wait_until == TimePoint::max()) {", "if (!is_endless) {")]),
    Mutant("any_slot_may_be_chosen", [
        ("waiting.cc", "if (input.slot >= pools_[f].spec.concurrency) {", "if (input.slot == no_slot) {")]),

    # Deadlines and their order.
    Mutant("expiry_after_arrival", [
        ("scheduler.cc", "is_report(input.kind) ? now : now + Duration(1)", "now")]),
    Mutant("timeout_before_completion", [
        ("scheduler.cc", "is_report(input.kind) ? now : now + Duration(1)", "now + Duration(1)")]),
    Mutant("waits_before_timeouts", [
        ("due.h", "idle, life, init, timeout, wait,", "idle, life, init, wait, timeout,")]),
    Mutant("inits_before_expiry", [
        ("due.h", "idle, life, init, timeout, wait,", "init, idle, life, timeout, wait,")]),
    Mutant("idle_limit_off_by_one", [
        ("deadlines.cc", "consider(environments_[e].at + pool.spec.idle_max, Due::idle);",
         "consider(environments_[e].at + pool.spec.idle_max + Duration(1), Due::idle);")], everywhere=True),
    Mutant("life_is_endless_where_busy", [("dispatch.cc", "  if (environment.expired) return stop(e);\n", ""),
                                          ("scheduler.cc", " && !environment.expired;", ";")]),
    Mutant("pause_is_ignored", [
        ("deadlines.cc", "if (e == nothing || environments_[e].paused) return;", "return;")]),
    Mutant("next_deadline_too_late", [
        ("state.h", "  heap_.set(f, key);\n  refresh_due();", "  heap_.set(f, key);")]),

    # Init, timeout, crash.
    Mutant("init_again_and_again", [
        ("lifecycle.cc", "if (may_again && i != nothing && !environment.again &&", "if (may_again && i != nothing &&")]),
    Mutant("init_never_again", [
        ("lifecycle.cc", "const bool may_again = how == InitEnd::exited || how == InitEnd::over;",
         "const bool may_again = how == InitEnd::over;")]),
    Mutant("second_init_without_limit", [("lifecycle.cc", "  limit_run(environment.invocation);\n", "")]),
    Mutant("timeout_makes_a_new_environment", [
        ("deadlines.cc", "      finish(i, Verdict::timeout);\n      break;\n  }\n  end(e, After::reset);",
         "      finish(i, Verdict::timeout);\n      break;\n  }\n  end(e, After::gone);")]),
    Mutant("answered_twice", [
        ("scheduler.cc", "if (environment.state == EnvironmentState::busy) {\n    const auto outcome",
         "if (environment.state != EnvironmentState::idle) {\n    const auto outcome")]),
    Mutant("old_generations_are_heard", [
        ("state.h", "return found.generation == id.generation && found.has_processes() ? id.index : nothing;",
         "return found.has_processes() ? id.index : nothing;")]),
    Mutant("announced_id_is_taken_by_another", [
        ("scheduler.cc", "const Index kept = arrives ? invocations_.take() : nothing;",
         "const Index kept = nothing;"),
        ("scheduler.cc", "    if (arrives) invocations_.put(kept);\n", "    (void)kept;\n")]),
    Mutant("failed_hook_kills", [
        ("lifecycle.cc", "  environments_[e].invocation = nothing;\n  become_free(e);\n  settle(environments_[e].function);",
         "  environments_[e].invocation = nothing;\n  kill(e, After::reset);\n  settle(environments_[e].function);")]),

    # Provisioned environments, shutdown, changes of the configuration.
    Mutant("provisioned_expire", [
        ("deadlines.cc", "return pool.spec.provisioned > 0 && pool.slotted <= pool.spec.provisioned;", "return false;")]),
    Mutant("provisioned_for_ever", [
        ("lifecycle.cc", "if (is_verdict && i == nothing) pools_[f].may_provision = false;", "")]),
    Mutant("provisioned_ones_have_ten_seconds", [
        ("lifecycle.cc", "if (why != Start::provisioned || spec.init_timeout <= Duration{0}) return spec.init_timeout;",
         "if (true) return spec.init_timeout;")]),
    Mutant("shutdown_forgets_who_waits", [
        ("configure.cc", "  answer_waiting(f, verdict);\n", "")]),
    Mutant("shutdown_never_ends", [
        ("configure.cc", "shutdown_ = std::min(shutdown_, due_key(input.deadline, Due::shutdown));", "")]),
    Mutant("closed_slots_forget_who_waits", [
        ("configure.cc", "  while (!record.line.empty()) {", "  while (false) {")]),

    # Changed code.
    Mutant("stale_ones_serve", [
        ("state.h", "  return environment.code >=\n         std::min(invocation.code, functions_[environment.function].serves_from);",
         "  (void)invocation;\n  return environment.code < ~0u;"),
        ("reload.cc", "function.serves_from = ++function.code;", "++function.code;\n  function.serves_from = 0;")]),
    Mutant("no_candidate", [
        ("dispatch.cc", "const bool is_candidate = pool.stale_count > 0 && pool.candidate_code != code;",
         "const bool is_candidate = false;")]),
    Mutant("stale_ones_are_kept_for_ever", [
        ("lifecycle.cc", "  if (is_fresh && pools_[f].stale_count > 0) retire_stale(f);\n", "  (void)is_fresh;\n")]),
    Mutant("no_fallback", [("lifecycle.cc", "    if (is_verdict) fall_back(f);\n", "")]),
    Mutant("vacated_ones_never_return", [
        ("lifecycle.cc", "  if (record.vacated != nothing) {\n    return_vacated(f, slot);\n  } else {\n    open_slot(f, slot);\n  }",
         "  open_slot(f, slot);")]),
    Mutant("busy_stale_slots_are_not_vacated", [
        ("dispatch.cc", "    if (is_too_old(e)) return {.environment = e, .slot = slot};\n", "    (void)e;\n")]),

    # The rest of a whole function.
    Mutant("function_idle_is_ignored", [
        ("deadlines.cc", "consider(since + pool.spec.function_idle_max, Due::idle);", "(void)since;")]),
    Mutant("function_idle_a_nanosecond_longer", [
        ("deadlines.cc", "consider(since + pool.spec.function_idle_max, Due::idle);",
         "consider(since + pool.spec.function_idle_max + Duration(1), Due::idle);")]),
    Mutant("function_idle_though_one_works", [
        ("deadlines.cc", "pool.in_use > 0 ? now_ : last_work(f);", "last_work(f);")]),
    Mutant("function_idle_forgets_a_timeout", [
        ("lifecycle.cc", "  if (environment.invocation != nothing) pool.worked = now_;\n", "")]),

    # The account.
    Mutant("reserved_one_too_many", [
        ("state.h", "pool.in_use >= pool.spec.reserved ?", "pool.in_use > pool.spec.reserved ?")]),
    Mutant("reserved_is_ignored", [
        ("state.h", "pool.in_use >= pool.spec.reserved ?", "false ?")]),
    Mutant("account_one_too_many", [("state.h", "shared_use_ < shared_ ?", "shared_use_ <= shared_ ?")]),
    Mutant("reserved_takes_nothing_from_the_others", [
        ("limits.cc", "taken += spec.reserved != unreserved ? spec.reserved : spec.provisioned;",
         "taken += spec.reserved != unreserved ? 0 : spec.provisioned;")]),
    Mutant("provisioned_takes_nothing_from_the_others", [
        ("limits.cc", "taken += spec.reserved != unreserved ? spec.reserved : spec.provisioned;",
         "taken += spec.reserved != unreserved ? spec.reserved : 0;")]),
    Mutant("provisioned_is_nobodys_own", [
        ("limits.cc", "pool.own = is_reserved ? unreserved : pool.spec.provisioned;",
         "pool.own = is_reserved ? unreserved : 0;")]),
    Mutant("the_waiting_are_in_use", [
        ("waiting.cc", "  limit_wait(i);\n}\n\n// It had a place", "  limit_wait(i);\n  count_in(invocation.function);\n}\n\n// It had a place")]),
    Mutant("an_end_is_not_counted", [("lifecycle.cc", "  if (counts) count_out(f);\n", "  (void)counts;\n")]),
    Mutant("the_answered_are_not_in_use", [
        ("lifecycle.cc", "  environments_[e].move(EnvironmentState::answered);\n",
         "  environments_[e].move(EnvironmentState::answered);\n  count_out(environments_[e].function);\n"),
        ("scheduler.cc", "    environment.move(EnvironmentState::busy);\n  } else {",
         "    environment.move(EnvironmentState::busy);\n    count_in(environment.function);\n  } else {")]),
    Mutant("the_detached_are_in_use", [
        ("lifecycle.cc", "      count_out(environment.function);\n      pool.worked = now_;\n", "      pool.worked = now_;\n")]),
    Mutant("scaling_is_ignored", [("limits.cc", "if (!is_new || scaling_of(f).has_token(now_))", "if (true)")]),
    Mutant("a_burst_is_each_functions_own", [
        ("limits.cc", "return is_shared ? burst_scaling_ : pools_[f].scaling;", "return pools_[f].scaling;")]),
    Mutant("a_burst_comes_again", [
        ("token_bucket.h", "parts_ = full_ = burst * period_;", "parts_ = full_ = (burst + 1) * period_;")]),
    Mutant("a_reset_environment_is_new", [
        ("limits.cc", "pick.environment != nothing || slot.environment == nothing;", "slot.slot_is_any();"),
        ("records.h", "  bool is_unused = false;  // Is in Pool::unused.\n",
         "  bool is_unused = false;  // Is in Pool::unused.\n  bool slot_is_any() const { return true; }\n")]),
    Mutant("provisioned_starts_take_tokens", [
        ("lifecycle.cc", "    start_in(f, slot, nothing, Start::provisioned);", "    pool.scaling.take(now_);\n    start_in(f, slot, nothing, Start::provisioned);")]),
    Mutant("the_rate_is_asked_first", [
        ("limits.cc", "if (reason == Reason::none && !rate_of(f).take(now_)) {", "if (!rate_of(f).has_token(now_)) {")]),
    Mutant("the_refused_count_in_the_rate", [
        ("limits.cc", "if (reason == Reason::none && !rate_of(f).take(now_)) {",
         "if (!rate_of(f).take(now_) && reason == Reason::none) {")]),
    Mutant("the_warm_are_not_limited", [
        ("scheduler.cc", "over_concurrency(f) == Reason::none && rate_of", "rate_of")]),
    Mutant("the_warm_take_no_tokens", [("scheduler.cc", " && rate_of(f).take(now_));", ");")]),
    Mutant("warm_events_take_tokens", [
        ("scheduler.cc", "(function.quick_return && !invocation.is_event &&", "(function.quick_return &&")]),
    Mutant("tokens_are_saved_up", [
        ("token_bucket.h", "return elapsed >= refill_ ? full_ : std::min(full_, parts_ + elapsed * count_);",
         "return full_ == 0 ? full_ : parts_ + elapsed * count_;")]),
    Mutant("tokens_come_a_nanosecond_late", [
        ("token_bucket.h", "count_ == 0 || parts_at(now) >= period_;", "count_ == 0 || parts_at(now) > period_;"),
        ("token_bucket.h", "if (parts < period_) return false;", "if (parts <= period_) return false;")]),
    Mutant("events_are_refused", [("limits.cc", "  if (invocation.is_event) {", "  if (false) {")]),
    Mutant("events_go_beyond_the_limits", [
        ("limits.cc", "  if (refusal(f, pick) == Reason::none) return false;", "  return false;")]),
    Mutant("nobody_looks_again", [("limits.cc", "    due(f, pool.retry, Due::retry);\n", "")]),
    Mutant("a_fast_client_is_refused", [
        ("limits.cc", "invocation.awaits_next ? Reason::none : refusal(f, pick);", "refusal(f, pick);")]),
    Mutant("choices_go_beyond_the_limits", [
        ("waiting.cc", "             reason != Reason::none && !invocation.is_event) {\n    finish",
         "             reason != Reason::none && false) {\n    finish")]),
    Mutant("a_removed_function_keeps_what_it_reserved", [("configure.cc", "  renew_limits(f);\n  renew_shared();\n  pools_", "  renew_limits(f);\n  pools_")]),
    Mutant("what_runs_does_not_count_when_the_account_comes", [
        ("limits.cc", "if (e != nothing && environments_[e].invocation != nothing) ++pool.in_use;", "")]),
]
