#include "live/responses.h"

#include "front/api_gateway.h"
#include "front/invoke_api.h"
#include "live/log_outcome.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace smyth::live {
namespace {

// AWS's words (docs/reference/lambda-environments.md, "Concurrency"). Slots are the function's
// reserved concurrency, too.
std::string_view throttle_reason(core::Reason reason) {
  switch (reason) {
    case core::Reason::account_concurrency:
    case core::Reason::account_scaling:
      return "ConcurrentInvocationLimitExceeded";
    case core::Reason::reserved_rate:
      return "ReservedFunctionInvocationRateLimitExceeded";
    case core::Reason::account_rate:
      return "FunctionInvocationRateLimitExceeded";
    case core::Reason::none:
    case core::Reason::slots:
    case core::Reason::queue_full:
    case core::Reason::queue_wait:
    case core::Reason::reserved_concurrency:
    case core::Reason::reserved_scaling:
      break;
  }
  return "ReservedFunctionConcurrentInvocationLimitExceeded";
}

// Why it was refused, and which setting to look at.
std::string why_throttled(const Answer& answer, const core::FunctionSpec& spec) {
  switch (answer.reason) {
    case core::Reason::queue_full:
      if (answer.request.caller == Caller::event) return "its queue of events is full";
      return fmt::format("its line is full: `queue_limit` is {}", spec.queue_limit);
    case core::Reason::queue_wait:
      return fmt::format("no environment became free within `queue_wait`, {} s",
                         std::chrono::duration<double>(spec.queue_wait).count());
    case core::Reason::reserved_concurrency:
      return fmt::format("`reserved_concurrency` is {}", spec.reserved);
    case core::Reason::account_concurrency:
      return "the account's `concurrency` that is not reserved is in use";
    case core::Reason::reserved_scaling:
    case core::Reason::account_scaling:
      return "too many new environments in ten seconds: the account's `scaling_rate`";
    case core::Reason::reserved_rate:
      return "more than ten requests a second for each of its `reserved_concurrency`";
    case core::Reason::account_rate:
      return "more than ten requests a second for each of the account's `concurrency`";
    case core::Reason::slots:
    case core::Reason::none:
      break;
  }
  return fmt::format("all its environments are busy: `concurrency` is {}", spec.concurrency);
}

std::string how_it_ended(const ExitStatus& exit) {
  std::string how =
      fmt::format("ended by {} {}", exit.signalled ? "signal" : "exit status", exit.code);
  if (exit.error_type == ExitStatus{}.error_type) return how;
  if (!exit.reason.empty()) how = fmt::format("ended: {}", exit.reason);
  return fmt::format("{} ({})", how, exit.error_type);
}

void say_lines(std::string_view who, std::string_view request_id, std::string_view text,
               observe::Log& log) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    log.output(who, request_id, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

front::HttpResponse http_response(const Answer& answer, observe::Log& log) {
  switch (answer.verdict) {
    case core::Verdict::success: {
      auto response = front::response_of_result(answer.document);
      if (response) return std::move(*response);
      log.say(observe::Level::error,
              fmt::format("error: `{}` returned what HTTP API cannot answer: {} (request {})",
                          answer.environment, response.error(), answer.request.request_id));
      return front::internal_server_error();
    }
    case core::Verdict::throttled:
    case core::Verdict::shutdown:
      return front::service_unavailable();
    case core::Verdict::function_error:
    case core::Verdict::timeout:
    case core::Verdict::crash:
    case core::Verdict::init_error:
    case core::Verdict::init_crash:
    case core::Verdict::spawn_failed:
    case core::Verdict::hook_failed:
    case core::Verdict::abandoned:
      return front::internal_server_error();
  }
  return front::internal_server_error();
}

front::HttpResponse invoke_response(const Answer& answer, const config::Function& function) {
  const Request& request = answer.request;
  front::InvokeAnswer result{.request_id = request.request_id,
                             .function_error = answer.verdict != core::Verdict::success,
                             .payload = std::string(answer.document),
                             .log_tail = request.tail ? request.tail->text() : std::string_view{},
                             .trace_id = request.trace_id};
  switch (answer.verdict) {
    case core::Verdict::success:
    case core::Verdict::function_error:
      break;
    case core::Verdict::init_error:
      if (error_type_of(answer.document) != restore_timeout_error) break;
      return front::aws_error(front::AwsError::snap_start_timeout,
                              "Lambda couldn't restore the snapshot within the timeout limit.",
                              request.request_id);
    case core::Verdict::timeout:
      result.payload = front::timeout_document(request.request_id, function.spec.timeout);
      break;
    case core::Verdict::crash:
    case core::Verdict::init_crash:
      result.payload = front::exit_document(request.request_id, answer.exit);
      break;
    case core::Verdict::throttled:
      return front::aws_error(front::AwsError::too_many_requests, "Rate Exceeded.",
                              request.request_id, throttle_reason(answer.reason));
    case core::Verdict::hook_failed:
      return front::aws_error(front::AwsError::service_exception,
                              "A hook of the function failed; the server's log has the traceback.",
                              request.request_id);
    case core::Verdict::spawn_failed:
      return front::aws_error(
          front::AwsError::service_exception,
          fmt::format("The environment could not be started: {}", answer.detail),
          request.request_id);
    case core::Verdict::abandoned:  // Or its caller went away, and hears nothing.
      return front::aws_error(front::AwsError::service_exception,
                              "The function was removed from the configuration.",
                              request.request_id);
    case core::Verdict::shutdown:
      return front::aws_error(front::AwsError::service_exception, "The server is shutting down.",
                              request.request_id);
  }
  return front::invoke_answer(std::move(result));
}

void explain(const Answer& answer, const config::Function& function, observe::Log& log) {
  const auto say = [&](std::string_view why) {
    const std::string_view who = answer.environment.empty() ? function.name : answer.environment;
    log.say(observe::Level::error,
            fmt::format("error: `{}` {} (request {})", who, why, answer.request.request_id));
  };
  switch (answer.verdict) {
    case core::Verdict::timeout:
      return say(fmt::format("timed out after {:.2f} seconds",
                             std::chrono::duration<double>(function.spec.timeout).count()));
    case core::Verdict::crash:
    case core::Verdict::init_crash:
      return say(how_it_ended(answer.exit));
    case core::Verdict::hook_failed:
      say("was not called: a hook failed");
      return say_lines("hooks", answer.request.request_id, answer.detail, log);
    case core::Verdict::throttled:
      return log.say(observe::Level::error,
                     fmt::format("error: `{}` is throttled: {} (request {})", function.name,
                                 why_throttled(answer, function.spec), answer.request.request_id));
    case core::Verdict::success:
    case core::Verdict::function_error:
    case core::Verdict::init_error:
    case core::Verdict::spawn_failed:
    case core::Verdict::abandoned:
    case core::Verdict::shutdown:
      return;
  }
}

}  // namespace smyth::live
