#include "front/invoke_api.h"

#include "front/json_text.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>

// What a Lambda client is told when there is no result: the error catalogue and the documents that
// stand for a handler that gave none (docs/reference/lambda-invoke.md).
namespace smyth::front {
namespace {

// AWS's services disagree on the key of the message; each exception's model names its own.
struct Entry {
  unsigned status;
  std::string_view type;   // x-amzn-ErrorType: what SDKs find the exception's class by.
  std::string_view fault;  // "Type" in the body; empty: there is none.
  std::string_view message_key;
};

Entry entry_of(AwsError error) {
  switch (error) {
    case AwsError::resource_not_found:
      return {404, "ResourceNotFoundException", "User", "Message"};
    case AwsError::unknown_operation:
      return {404, "UnknownOperationException", "", "message"};
    case AwsError::invalid_parameter_value:
      return {400, "InvalidParameterValueException", "User", "message"};
    case AwsError::invalid_request_content:
      return {400, "InvalidRequestContentException", "User", "message"};
    case AwsError::request_too_large:
      return {413, "RequestEntityTooLargeException", "User", "message"};
    case AwsError::snap_start_timeout:
      return {408, "SnapStartTimeoutException", "User", "Message"};
    case AwsError::too_many_requests:
      return {429, "TooManyRequestsException", "User", "message"};
    case AwsError::service_exception:
      return {500, "ServiceException", "Service", "Message"};
    case AwsError::access_denied:
      return {403, "AccessDeniedException", "", "Message"};
    case AwsError::validation:
      return {400, "ValidationException", "", "message"};
    case AwsError::method_not_allowed:
      return {405, "MethodNotAllowedException", "", "message"};
    case AwsError::forbidden_origin:
      return {403, "ForbiddenException", "", "message"};
  }
  return {};
}

// As Go's runtime names signals, which Lambda's own supervisor is written in.
std::string signal_words(int number) {
  switch (number) {
    case SIGHUP:
      return "hangup";
    case SIGINT:
      return "interrupt";
    case SIGQUIT:
      return "quit";
    case SIGILL:
      return "illegal instruction";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGABRT:
      return "aborted";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGKILL:
      return "killed";
    case SIGUSR1:
      return "user defined signal 1";
    case SIGSEGV:
      return "segmentation fault";
    case SIGUSR2:
      return "user defined signal 2";
    case SIGPIPE:
      return "broken pipe";
    case SIGALRM:
      return "alarm clock";
    case SIGTERM:
      return "terminated";
    default:
      return fmt::format("signal {}", number);
  }
}

}  // namespace

HttpResponse aws_error(AwsError error, std::string_view message, std::string_view request_id,
                       std::string_view reason) {
  const Entry entry = entry_of(error);
  HttpResponse response;
  response.status = entry.status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("x-amzn-ErrorType", entry.type);
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  if (error == AwsError::too_many_requests) response.headers.emplace_back("Retry-After", "1");
  if (error == AwsError::method_not_allowed) response.headers.emplace_back("Allow", "POST");
  std::string& body = response.body;
  body += '{';
  if (!reason.empty()) {
    body += R"("Reason":)";
    append_json_string(body, reason);
    body += ',';
  }
  if (!entry.fault.empty()) body.append(R"("Type":")").append(entry.fault).append("\",");
  body.append("\"").append(entry.message_key).append("\":");
  append_json_string(body, message);
  body += '}';
  return response;
}

std::string host_error_document(std::string_view type, std::string_view request_id,
                                std::string_view text) {
  std::string document = fmt::format(R"({{"errorType":"{}","errorMessage":)", type);
  append_json_string(document, fmt::format("RequestId: {} Error: {}", request_id, text));
  return document += '}';
}

std::string timeout_document(std::string_view request_id, Duration timeout) {
  const double seconds = std::chrono::duration<double>(timeout).count();
  return host_error_document("Sandbox.Timedout", request_id,
                             fmt::format("Task timed out after {:.2f} seconds", seconds));
}

std::string exit_document(std::string_view request_id, const ExitStatus& exit) {
  if (!exit.reason.empty()) return host_error_document(exit.error_type, request_id, exit.reason);
  const bool is_runtime = exit.error_type.starts_with("Runtime.");
  if (!exit.signalled && exit.code == 0) {
    return host_error_document(
        exit.error_type, request_id,
        is_runtime ? "Runtime exited without providing a reason" : "exit code 0");
  }
  const std::string how = exit.signalled ? "signal: " + signal_words(exit.code)
                                         : fmt::format("exit status {}", exit.code);
  return host_error_document(exit.error_type, request_id,
                             is_runtime ? "Runtime exited with error: " + how : how);
}

}  // namespace smyth::front
