#include "runtime_api/responses.h"

#include <fmt/format.h>

#include <utility>

namespace smyth::runtime_api {
namespace {

using front::HttpRequest;
using front::HttpResponse;

constexpr std::string_view invocation_path = "/2018-06-01/runtime/invocation/";
constexpr std::string_view streaming = "streaming";
constexpr const char* response_mode_header = "Lambda-Runtime-Function-Response-Mode";

HttpResponse response_of(unsigned status, const char* type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", type);
  response.body = std::move(body);
  return response;
}

HttpResponse json_response(unsigned status, std::string body) {
  return response_of(status, "application/json", std::move(body));
}

std::string error_document(std::string_view type, std::string_view message) {
  return fmt::format(R"({{"errorType":"{}","errorMessage":"{}"}})", type, message);
}

Refusal too_large() {
  return {.response = error_response(
              413, "RequestEntityTooLarge",
              fmt::format("Exceeded maximum allowed payload size ({} bytes).", response_bytes_max)),
          .document = error_document(
              "Function.ResponseSizeTooLarge",
              fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                          response_bytes_max))};
}

// What came from a client may not end a header; in JSON a control character is but a blank.
std::string header_value(std::string_view text) {
  std::string value(text);
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return value;
}

}  // namespace

HttpResponse event_response(const Invocation& invocation) {
  HttpResponse response;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) response.headers.emplace_back(name, std::move(value));
  };
  add("Content-Type", "application/json");
  add("Lambda-Runtime-Aws-Request-Id", invocation.request_id);
  add("Lambda-Runtime-Deadline-Ms", fmt::format("{}", invocation.deadline_unix_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn);
  add("Lambda-Runtime-Trace-Id", header_value(invocation.trace_id));
  add("Lambda-Runtime-Client-Context", header_value(invocation.client_context));
  add("Lambda-Runtime-Cognito-Identity", header_value(invocation.identity));
  response.body = invocation.event;
  return response;
}

std::optional<AnswerPath> answer_path(std::string_view path) {
  if (!path.starts_with(invocation_path)) return std::nullopt;
  path.remove_prefix(invocation_path.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view verb = path.substr(slash + 1);
  if (verb != "response" && verb != "error") return std::nullopt;
  return AnswerPath{.request_id = path.substr(0, slash), .is_error = verb == "error"};
}

std::optional<Refusal> refuse_result(const HttpRequest& request) {
  const std::string_view mode = request.header(response_mode_header);
  if (!mode.empty() && mode != streaming) {
    constexpr std::string_view message = "Invalid function response mode";
    return Refusal{.response = error_response(400, "InvalidFunctionResponseMode", message),
                   .document = error_document("Runtime.InvalidResponseModeHeader", message)};
  }
  if (request.body.size() > response_bytes_max) return too_large();
  return std::nullopt;
}

Refusal refuse_body(unsigned status) {
  if (status == 413) return too_large();
  return {
      .response = error_response(400, "TruncatedHTTPRequest", "HTTP request detected as truncated"),
      .document = error_document("Runtime.TruncatedResponse", "")};
}

HttpResponse text_response(unsigned status, std::string body) {
  return response_of(status, "text/plain; charset=utf-8", std::move(body));
}

HttpResponse error_response(unsigned status, std::string_view type, std::string_view message) {
  return json_response(status,
                       fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", message, type));
}

HttpResponse accepted() { return json_response(202, "{\"status\":\"OK\"}\n"); }

HttpResponse wrong_state(std::string_view from, std::string_view to) {
  return error_response(403, "InvalidStateTransition",
                        fmt::format("State transition from {} to {} failed for runtime. Error: "
                                    "State transition is not allowed",
                                    from, to));
}

HttpResponse wrong_id() { return error_response(400, "InvalidRequestID", "Invalid request ID"); }

}  // namespace smyth::runtime_api
