#include "simulate/reasons.h"

namespace smyth::simulate {

std::string_view words_of(core::Reason reason) {
  switch (reason) {
    case core::Reason::none:
      return "";
    case core::Reason::slots:
      return "all slots busy";
    case core::Reason::queue_full:
      return "queue full";
    case core::Reason::queue_wait:
      return "waited too long";
    case core::Reason::reserved_concurrency:
      return "reserved concurrency";
    case core::Reason::account_concurrency:
      return "account concurrency";
    case core::Reason::reserved_scaling:
      return "scaling rate (reserved)";
    case core::Reason::account_scaling:
      return "scaling rate";
    case core::Reason::reserved_rate:
      return "request rate (reserved)";
    case core::Reason::account_rate:
      return "request rate";
  }
  return "";
}

std::string_view name_of(core::Reason reason) {
  switch (reason) {
    case core::Reason::none:
      return "";
    case core::Reason::slots:
      return "ConcurrencyLimitExceeded";
    case core::Reason::queue_full:
      return "QueueLimitExceeded";
    case core::Reason::queue_wait:
      return "QueueWaitExceeded";
    case core::Reason::reserved_concurrency:
      return "ReservedFunctionConcurrentInvocationLimitExceeded";
    case core::Reason::reserved_scaling:
      return "ReservedFunctionScalingRateExceeded";
    case core::Reason::account_concurrency:
      return "ConcurrentInvocationLimitExceeded";
    case core::Reason::account_scaling:
      return "ScalingRateExceeded";
    case core::Reason::reserved_rate:
      return "ReservedFunctionInvocationRateLimitExceeded";
    case core::Reason::account_rate:
      return "CallerRateLimitExceeded";
  }
  return "";
}

std::string_view word_of(core::Verdict verdict) {
  switch (verdict) {
    case core::Verdict::success:
      return "success";
    case core::Verdict::function_error:
      return "function_error";
    case core::Verdict::timeout:
      return "timeout";
    case core::Verdict::crash:
      return "crash";
    case core::Verdict::init_error:
      return "init_error";
    case core::Verdict::init_crash:
      return "init_crash";
    case core::Verdict::spawn_failed:
      return "spawn_failed";
    case core::Verdict::hook_failed:
      return "hook_failed";
    case core::Verdict::throttled:
      return "throttled";
    case core::Verdict::abandoned:
      return "abandoned";
    case core::Verdict::shutdown:
      return "shutdown";
  }
  return "";
}

}  // namespace smyth::simulate
