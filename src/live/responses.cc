#include "live/responses.h"

#include "front/api_gateway.h"
#include "front/invoke_api.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace smyth::live {
namespace {

// Slots are the function's reserved concurrency.
constexpr std::string_view throttle_reason = "ReservedFunctionConcurrentInvocationLimitExceeded";

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
    case core::Verdict::shutdown: return front::service_unavailable();
    case core::Verdict::function_error:
    case core::Verdict::timeout:
    case core::Verdict::crash:
    case core::Verdict::init_error:
    case core::Verdict::init_crash:
    case core::Verdict::spawn_failed:
    case core::Verdict::hook_failed:
    case core::Verdict::abandoned: return front::internal_server_error();
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
    case core::Verdict::init_error: break;
    case core::Verdict::timeout:
      result.payload = front::timeout_document(request.request_id, function.spec.timeout);
      break;
    case core::Verdict::crash:
    case core::Verdict::init_crash:
      result.payload = front::exit_document(request.request_id, answer.signalled, answer.exit_code);
      break;
    case core::Verdict::throttled:
      return front::aws_error(front::AwsError::too_many_requests, "Rate Exceeded.", request.request_id,
                              throttle_reason);
    case core::Verdict::hook_failed:
      return front::aws_error(front::AwsError::service_exception,
                              "A hook of the function failed; the server's log has the traceback.",
                              request.request_id);
    case core::Verdict::spawn_failed:
      return front::aws_error(front::AwsError::service_exception,
                              fmt::format("The environment could not be started: {}", answer.detail),
                              request.request_id);
    case core::Verdict::abandoned:
    case core::Verdict::shutdown:
      return front::aws_error(front::AwsError::service_exception, "The server is shutting down.",
                              request.request_id);
  }
  return front::invoke_answer(std::move(result));
}

void explain(const Answer& answer, const config::Function& function, observe::Log& log) {
  const auto say = [&](std::string_view why) {
    log.say(observe::Level::error,
                    fmt::format("error: `{}` {} (request {})", answer.environment, why,
                                answer.request.request_id));
  };
  switch (answer.verdict) {
    case core::Verdict::timeout:
      return say(fmt::format("timed out after {:.2f} seconds",
                             std::chrono::duration<double>(function.spec.timeout).count()));
    case core::Verdict::crash:
    case core::Verdict::init_crash:
      return say(fmt::format("ended by {} {}", answer.signalled ? "signal" : "exit status", answer.exit_code));
    case core::Verdict::hook_failed:
      say("was not called: a hook failed");
      return log.output("hooks", answer.request.request_id, answer.detail);
    case core::Verdict::throttled: return say("has no slot free for it");
    case core::Verdict::success:
    case core::Verdict::function_error:
    case core::Verdict::init_error:
    case core::Verdict::spawn_failed:
    case core::Verdict::abandoned:
    case core::Verdict::shutdown: return;
  }
}

}  // namespace smyth::live
