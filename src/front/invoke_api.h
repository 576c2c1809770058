#pragma once

#include "base/exit_status.h"
#include "base/time.h"
#include "front/http.h"

#include <expected>
#include <string>
#include <string_view>

// Lambda's Invoke API on the wire: POST /2015-03-31/functions/{FunctionName}/invocations.
namespace smyth::front {

// Who and where the account is.
struct Account {
  std::string region = "eu-central-1";
  std::string id = "123456789012";
};

std::string function_arn(const Account& account, std::string_view name);

enum class InvocationType : unsigned char { request_response, event, dry_run };

struct InvokeRequest {
  std::string function_name;  // The bare name.
  std::string invoked_arn;    // With `:$LATEST` if the caller gave that qualifier.
  InvocationType type = InvocationType::request_response;
  bool log_tail = false;
  std::string client_context;  // Decoded JSON text; empty if none.
  std::string_view
      payload;  // Validated JSON; `{}` where the body was empty. A view into the request.
};

// Whether the path belongs to this API.
bool is_invoke_path(std::string_view path);

// What the caller asks for, or the error response that AWS gives. `knows(name)` tells whether there
// is such a function. Checks in AWS's order: path, name, qualifier, function, type, size, JSON.
template <class Knows>
std::expected<InvokeRequest, HttpResponse> parse_invoke(const HttpRequest& request,
                                                        const Account& account, Knows knows,
                                                        std::string_view request_id);
// The non-template half: everything but the look-up, which comes between the two.
std::expected<InvokeRequest, HttpResponse> parse_invoke_target(const HttpRequest& request,
                                                               const Account& account,
                                                               std::string_view request_id);
std::expected<InvokeRequest, HttpResponse> parse_invoke_payload(InvokeRequest invoke,
                                                                const HttpRequest& request,
                                                                std::string_view request_id);

// The error catalogue (front/errors.cc holds the table): AWS's status, x-amzn-ErrorType, body.
enum class AwsError : unsigned char {
  resource_not_found,
  unknown_operation,  // A path or version of Lambda's API that is not served here.
  invalid_parameter_value,
  invalid_request_content,
  request_too_large,
  snap_start_timeout,
  too_many_requests,  // With Reason.
  service_exception,
  access_denied,
  validation,
  method_not_allowed,
  forbidden_origin,
};
HttpResponse aws_error(AwsError error, std::string_view message, std::string_view request_id,
                       std::string_view reason = {});

HttpResponse function_not_found(const Account& account, std::string_view name,
                                std::string_view qualifier, std::string_view request_id);

// The documents that stand for the result of an environment that ended without one: the payload of
// a function error.
std::string timeout_document(std::string_view request_id, Duration timeout);
// What the host says in the place of a runtime: {"errorType":TYPE,"errorMessage":"RequestId: ID
// Error: TEXT"}.
std::string host_error_document(std::string_view type, std::string_view request_id,
                                std::string_view text);
// What the end of one of its processes says.
std::string exit_document(std::string_view request_id, const ExitStatus& exit);

// The answer to a RequestResponse invocation: 200 with the payload as it is.
struct InvokeAnswer {
  std::string_view request_id;
  bool function_error = false;
  std::string payload;
  std::string_view log_tail;  // Raw last 4 KB; empty if not asked for.
  std::string_view trace_id;  // "Root=1-…"; empty: not told.
};
HttpResponse invoke_answer(InvokeAnswer answer);
HttpResponse invoke_accepted(std::string_view request_id,
                             std::string_view trace_id);   // 202, Event
HttpResponse invoke_dry_run(std::string_view request_id);  // 204, DryRun

// Whether `text` is one JSON value and nothing else; the message says what is wrong and where.
std::expected<void, std::string> check_json(std::string_view text);

template <class Knows>
std::expected<InvokeRequest, HttpResponse> parse_invoke(const HttpRequest& request,
                                                        const Account& account, Knows knows,
                                                        std::string_view request_id) {
  auto target = parse_invoke_target(request, account, request_id);
  if (!target) return target;
  if (!knows(target->function_name)) {
    return std::unexpected(
        function_not_found(account, target->function_name, "$LATEST", request_id));
  }
  return parse_invoke_payload(std::move(*target), request, request_id);
}

}  // namespace smyth::front
