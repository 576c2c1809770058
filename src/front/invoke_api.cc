#include "front/invoke_api.h"

#include "front/ascii.h"
#include "front/base64.h"
#include "front/function_name.h"
#include "front/json_reader.h"
#include "front/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace smyth::front {
namespace {

constexpr std::string_view functions_path = "/2015-03-31/functions/";
constexpr std::size_t sync_payload_bytes_max = 6'291'456;
constexpr std::size_t event_payload_bytes_max = 1'048'576;
constexpr std::size_t client_context_bytes_max = 3'583;
constexpr std::size_t log_tail_bytes_max = 4'096;

// The errors of one request.
struct Refusal {
  std::string_view request_id;

  std::unexpected<HttpResponse> operator()(AwsError error, std::string_view message) const {
    return std::unexpected(aws_error(error, message, request_id));
  }
  // As AWS words what its model does not allow.
  std::unexpected<HttpResponse> invalid(std::string_view value, std::string_view field,
                                        std::string_view constraint) const {
    return (*this)(
        AwsError::validation,
        fmt::format(
            "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}",
            value, field, constraint));
  }
};

// The function's part of ".../functions/{FunctionName}/invocations", as sent.
std::optional<std::string_view> function_segment(std::string_view path) {
  path.remove_prefix(functions_path.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path.substr(slash) != "/invocations") return std::nullopt;
  return path.substr(0, slash);
}

std::string qualifier_parameter(std::string_view query) {
  constexpr std::string_view name = "Qualifier=";
  while (!query.empty()) {
    const std::size_t size = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, size);
    if (piece.starts_with(name)) return percent_decode(piece.substr(name.size()), PlusIs::blank);
    query.remove_prefix(std::min(size + 1, query.size()));
  }
  return {};
}

std::optional<InvocationType> invocation_type(std::string_view text) {
  if (text.empty() || text == "RequestResponse") return InvocationType::request_response;
  if (text == "Event") return InvocationType::event;
  if (text == "DryRun") return InvocationType::dry_run;
  return std::nullopt;
}

// The region and account of an ARN must be this server's.
std::expected<void, HttpResponse> check_place(const FunctionName& name, const Account& account,
                                              const Refusal& refuse) {
  if (!name.region.empty() && name.region != account.region) {
    return refuse(AwsError::resource_not_found,
                  fmt::format("Functions from '{}' are not reachable in this region ('{}')",
                              name.region, account.region));
  }
  if (!name.account.empty() && name.account != account.id) {
    const Account other{.region = account.region, .id = std::string(name.account)};
    return refuse(
        AwsError::access_denied,
        fmt::format(
            "User: arn:aws:iam::{}:root is not authorized to perform: lambda:InvokeFunction "
            "on resource: {} because no resource-based policy allows the "
            "lambda:InvokeFunction action",
            account.id, function_arn(other, name.name)));
  }
  return {};
}

std::expected<std::string, HttpResponse> client_context(std::string_view encoded,
                                                        const Refusal& refuse) {
  if (encoded.empty()) return std::string{};
  if (encoded.size() > client_context_bytes_max) {
    return refuse.invalid(
        encoded.substr(0, 64), "clientContext",
        fmt::format("Member must have length less than or equal to {}", client_context_bytes_max));
  }
  auto json = decode_base64(encoded);
  const bool is_object = json && json->find_first_not_of(" \t\r\n") == json->find('{');
  if (!is_object || !check_json(*json)) {
    return refuse(AwsError::invalid_request_content,
                  "Client context must be a valid Base64-encoded JSON object.");
  }
  return std::move(*json);
}

// "Root=1-a;Parent=b" as answers have it: keys in small letters, and whether it was sampled.
void add_trace_id(HttpResponse& response, std::string_view trace_id) {
  if (trace_id.empty()) return;
  std::string value(trace_id);
  bool is_key = true;
  for (char& c : value) {
    if (c == '=') is_key = false;
    if (is_key) c = to_lower(c);
    if (c == ';') is_key = true;
  }
  if (value.find("sampled=") == std::string::npos) value += ";sampled=0";
  response.headers.emplace_back("X-Amzn-Trace-Id", std::move(value));
}

HttpResponse with_request_id(unsigned status, std::string_view request_id) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  response.headers.emplace_back("x-amzn-Remapped-Content-Length", "0");
  return response;
}

}  // namespace

std::string function_arn(const Account& account, std::string_view name) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", account.region, account.id, name);
}

bool is_invoke_path(std::string_view path) { return path.starts_with(functions_path); }

HttpResponse function_not_found(const Account& account, std::string_view name,
                                std::string_view qualifier, std::string_view request_id) {
  return aws_error(AwsError::resource_not_found,
                   fmt::format("Function not found: {}:{}", function_arn(account, name), qualifier),
                   request_id);
}

std::expected<InvokeRequest, HttpResponse> parse_invoke_target(const HttpRequest& request,
                                                               const Account& account,
                                                               std::string_view request_id) {
  const Refusal refuse{request_id};
  const auto segment = function_segment(request.path);
  if (!segment) {
    return refuse(AwsError::unknown_operation,
                  "This server implements Invoke alone of Lambda's API: POST "
                  "/2015-03-31/functions/{FunctionName}/invocations");
  }
  if (request.method != "POST") {
    return refuse(AwsError::method_not_allowed, "Invoke is called by POST");
  }
  const std::string text = percent_decode(*segment);
  const auto name = parse_function_name(text);
  if (!name) {
    return refuse.invalid(
        text, "functionName",
        fmt::format("Member must satisfy regular expression pattern: {}", function_name_pattern));
  }
  const std::string parameter = qualifier_parameter(request.query);
  if (!parameter.empty() && !is_qualifier(parameter)) {
    return refuse.invalid(
        parameter, "qualifier",
        fmt::format("Member must satisfy regular expression pattern: {}", qualifier_pattern));
  }
  if (!parameter.empty() && !name->qualifier.empty() && parameter != name->qualifier) {
    return refuse(
        AwsError::invalid_parameter_value,
        "The derived qualifier from the function name does not match the specified qualifier.");
  }
  if (auto place = check_place(*name, account, refuse); !place)
    return std::unexpected(std::move(place.error()));
  const std::string_view qualifier = parameter.empty() ? name->qualifier : parameter;
  // There are no versions or aliases here.
  if (!qualifier.empty() && qualifier != "$LATEST") {
    return std::unexpected(function_not_found(account, name->name, qualifier, request_id));
  }
  InvokeRequest invoke;
  invoke.function_name = name->name;
  invoke.invoked_arn = function_arn(account, name->name);
  if (!qualifier.empty()) invoke.invoked_arn.append(":").append(qualifier);
  return invoke;
}

std::expected<InvokeRequest, HttpResponse> parse_invoke_payload(InvokeRequest invoke,
                                                                const HttpRequest& request,
                                                                std::string_view request_id) {
  const Refusal refuse{request_id};
  const std::string_view type_text = request.header("x-amz-invocation-type");
  const auto type = invocation_type(type_text);
  if (!type) {
    return refuse.invalid(type_text, "invocationType",
                          "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
  }
  const std::string_view log_type = request.header("x-amz-log-type");
  if (!log_type.empty() && log_type != "None" && log_type != "Tail") {
    return refuse.invalid(log_type, "logType", "Member must satisfy enum value set: [None, Tail]");
  }
  invoke.type = *type;
  invoke.log_tail = log_type == "Tail";
  const bool is_event = invoke.type == InvocationType::event;
  const std::size_t bytes_max = is_event ? event_payload_bytes_max : sync_payload_bytes_max;
  if (request.body.size() > bytes_max) {
    return refuse(
        AwsError::request_too_large,
        fmt::format("{} byte payload is too large for the {} invocation type (limit {} bytes)",
                    request.body.size(), is_event ? "Event" : "RequestResponse", bytes_max));
  }
  auto context = client_context(request.header("x-amz-client-context"), refuse);
  if (!context) return std::unexpected(std::move(context.error()));
  invoke.client_context = std::move(*context);
  if (request.body.empty()) {
    invoke.payload = "{}";
    return invoke;
  }
  if (const auto json = check_json(request.body); !json) {
    return refuse(AwsError::invalid_request_content,
                  "Could not parse request body into json: Could not parse payload into json: " +
                      json.error());
  }
  invoke.payload = request.body;
  return invoke;
}

HttpResponse invoke_answer(InvokeAnswer answer) {
  HttpResponse response = with_request_id(200, answer.request_id);
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("X-Amz-Executed-Version", "$LATEST");
  if (answer.function_error) response.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  if (!answer.log_tail.empty()) {
    const std::size_t size = std::min(answer.log_tail.size(), log_tail_bytes_max);
    std::string encoded;
    append_base64(encoded, answer.log_tail.substr(answer.log_tail.size() - size));
    response.headers.emplace_back("X-Amz-Log-Result", std::move(encoded));
  }
  add_trace_id(response, answer.trace_id);
  response.body = std::move(answer.payload);
  return response;
}

HttpResponse invoke_accepted(std::string_view request_id, std::string_view trace_id) {
  HttpResponse response = with_request_id(202, request_id);
  add_trace_id(response, trace_id);
  return response;
}
HttpResponse invoke_dry_run(std::string_view request_id) {
  return with_request_id(204, request_id);
}

std::expected<void, std::string> check_json(std::string_view text) {
  JsonReader reader(text);
  reader.value();
  if (!reader.finish()) return std::unexpected(reader.error());
  return {};
}

}  // namespace smyth::front
