#include "front/invoke_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

// Each rule of docs/reference/lambda-invoke.md.
namespace smyth::front {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view id = "0193a5c2-0000-7000-8000-0123456789ab";
const std::string arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders";

struct Call {
  std::string_view name = "orders";
  std::string_view query = {};
  std::vector<HeaderField> headers = {};
  std::string_view body = {};
  std::string_view method = "POST";
  std::string_view path = {};  // Instead of the name.
};

std::expected<InvokeRequest, HttpResponse> parse(const Call& call) {
  const std::string path = call.path.empty()
                               ? "/2015-03-31/functions/" + std::string(call.name) + "/invocations"
                               : std::string(call.path);
  const HttpRequest request{.method = call.method,
                            .path = path,
                            .query = call.query,
                            .headers = call.headers,
                            .body = call.body};
  const auto knows = [](std::string_view name) { return name == "orders" || name == "a.b-c_d"; };
  return parse_invoke(request, {}, knows, id);
}

InvokeRequest accepted(const Call& call) {
  auto parsed = parse(call);
  if (parsed) return std::move(*parsed);
  ADD_FAILURE() << parsed.error().body;
  return {};
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

// "404 ResourceNotFoundException {...}"
std::string refused(const Call& call) {
  const auto parsed = parse(call);
  if (parsed) return "accepted";
  const HttpResponse& response = parsed.error();
  EXPECT_EQ(header(response, "x-amzn-RequestId"), id);
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
  return std::to_string(response.status) + " " + header(response, "x-amzn-ErrorType") + " " +
         response.body;
}

TEST(Invoke, TakesEveryFormOfAName) {
  struct Row {
    const char* name;
    const char* query;
    bool is_qualified;
  };
  const Row table[] = {
      {"orders", "", false},
      {"orders", "Qualifier=%24LATEST", true},
      {"orders", "a=1&Qualifier=$LATEST&b", true},
      {"orders", "Qualifier=", false},
      {"orders:$LATEST", "", true},
      {"orders%3A%24LATEST", "Qualifier=%24LATEST", true},
      {"function:orders", "", false},
      {"123456789012:function:orders", "", false},
      {"123456789012%3Afunction%3Aorders%3A%24LATEST", "", true},
      {"123456789012:orders", "", false},
      {"eu-central-1:123456789012:function:orders", "", false},
      {"arn:aws:lambda:eu-central-1:123456789012:function:orders", "", false},
      {"arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Aorders", "", false},
      {"arn:aws:lambda:eu-central-1:123456789012:function:orders:$LATEST", "", true},
  };
  for (const Row& row : table) {
    const InvokeRequest invoke = accepted({.name = row.name, .query = row.query});
    EXPECT_EQ(invoke.function_name, "orders") << row.name;
    EXPECT_EQ(invoke.invoked_arn, row.is_qualified ? arn + ":$LATEST" : arn) << row.name;
  }
  EXPECT_EQ(accepted({.name = "a.b-c_d"}).function_name, "a.b-c_d");
}

TEST(Invoke, RefusesNamesAndQualifiersThatAreNone) {
  for (const char* name : {"", "a b", "a%2Fb", "%C3%BC", "orders:", "orders:a.b", "orders:x:y",
                           "arn:aws:lambda", "arn:aws:s3:eu-central-1:123456789012:function:orders",
                           "1234:function:orders", "function:", "a%00"}) {
    EXPECT_THAT(
        refused({.name = name}),
        StartsWith("400 ValidationException {\"message\":\"1 validation error detected: Value '"))
        << name;
  }
  EXPECT_THAT(refused({.name = std::string(257, 'a')}), HasSubstr("at 'functionName' failed"));
  EXPECT_THAT(refused({.query = "Qualifier=a.b"}), HasSubstr("Value 'a.b' at 'qualifier' failed"));
  EXPECT_EQ(
      refused({.name = "orders:v1", .query = "Qualifier=v2"}),
      "400 InvalidParameterValueException {\"Type\":\"User\",\"message\":\"The derived qualifier "
      "from the function name does not match the specified qualifier.\"}");
}

TEST(Invoke, FindsNoOtherFunctions) {
  EXPECT_EQ(refused({.name = "other"}),
            "404 ResourceNotFoundException {\"Type\":\"User\",\"Message\":\"Function not found: "
            "arn:aws:lambda:eu-central-1:123456789012:function:other:$LATEST\"}");
  EXPECT_THAT(refused({.name = "orders", .query = "Qualifier=prod"}),
              HasSubstr("Function not found: " + arn + ":prod"));
  EXPECT_THAT(refused({.name = "orders:7"}), HasSubstr("Function not found: " + arn + ":7"));
  EXPECT_EQ(refused({.name = "arn:aws:lambda:us-east-1:123456789012:function:orders"}),
            "404 ResourceNotFoundException {\"Type\":\"User\",\"Message\":\"Functions from "
            "'us-east-1' are "
            "not reachable in this region ('eu-central-1')\"}");
  EXPECT_THAT(
      refused({.name = "999999999999:function:orders"}),
      StartsWith("403 AccessDeniedException {\"Message\":\"User: arn:aws:iam::123456789012:root is "
                 "not authorized to perform: lambda:InvokeFunction on resource: "
                 "arn:aws:lambda:eu-central-1:999999999999:function:orders "));
}

TEST(Invoke, ServesOnePathByOneMethod) {
  EXPECT_TRUE(is_invoke_path("/2015-03-31/functions/orders/invocations"));
  EXPECT_TRUE(is_invoke_path("/2015-03-31/functions/"));
  EXPECT_FALSE(is_invoke_path("/2015-03-31/functions"));
  EXPECT_FALSE(is_invoke_path("/orders"));
  for (const char* path : {"/2015-03-31/functions/", "/2015-03-31/functions/orders",
                           "/2015-03-31/functions/orders/invocations/",
                           "/2015-03-31/functions/orders/configuration"}) {
    EXPECT_THAT(refused({.path = path}), StartsWith("404 UnknownOperationException {\"message\":"))
        << path;
  }
  const auto parsed = parse({.method = "GET"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().status, 405u);
  EXPECT_EQ(header(parsed.error(), "Allow"), "POST");
}

TEST(Invoke, ReadsTheTypes) {
  EXPECT_EQ(accepted({}).type, InvocationType::request_response);
  EXPECT_FALSE(accepted({}).log_tail);
  EXPECT_EQ(accepted({.headers = {{"x-amz-invocation-type", "RequestResponse"}}}).type,
            InvocationType::request_response);
  EXPECT_EQ(accepted({.headers = {{"X-Amz-Invocation-Type", "Event"}}}).type,
            InvocationType::event);
  EXPECT_EQ(accepted({.headers = {{"X-Amz-Invocation-Type", "DryRun"}}}).type,
            InvocationType::dry_run);
  EXPECT_TRUE(accepted({.headers = {{"X-Amz-Log-Type", "Tail"}}}).log_tail);
  EXPECT_FALSE(accepted({.headers = {{"X-Amz-Log-Type", "None"}}}).log_tail);
  EXPECT_EQ(
      refused({.headers = {{"X-Amz-Invocation-Type", "event"}}}),
      "400 ValidationException {\"message\":\"1 validation error detected: Value 'event' at "
      "'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, "
      "RequestResponse, DryRun]\"}");
  EXPECT_THAT(refused({.headers = {{"X-Amz-Log-Type", "tail"}}}), HasSubstr("[None, Tail]"));
}

TEST(Invoke, ReadsTheClientContext) {
  const auto context = [](std::string_view value) {
    return Call{.headers = {{"X-Amz-Client-Context", value}}};
  };
  EXPECT_EQ(accepted({}).client_context, "");
  EXPECT_EQ(accepted(context("eyJjdXN0b20iOiB7ImEiOiAxfX0=")).client_context,
            R"({"custom": {"a": 1}})");
  for (const char* bad : {"e30", "!!!!", "WzFd", "eyJ9", "IA=="}) {
    if (std::string_view(bad) == "e30") {
      EXPECT_EQ(accepted(context(bad)).client_context, "{}");  // Padding may be missing.
      continue;
    }
    EXPECT_EQ(refused(context(bad)),
              "400 InvalidRequestContentException {\"Type\":\"User\",\"message\":\"Client context "
              "must be a "
              "valid Base64-encoded JSON object.\"}")
        << bad;
  }
  EXPECT_THAT(
      refused(context(std::string(3'584, 'A'))),
      HasSubstr(
          "'clientContext' failed to satisfy constraint: Member must have length less than or "
          "equal to 3583"));
}

TEST(Invoke, TakesAnyJson) {
  EXPECT_EQ(accepted({}).payload, "{}");
  for (const char* body :
       {"{}", "[1, 2]", "null", " \"x\" ", "1.0", "true", R"({"a": 1, "a": 2})"}) {
    EXPECT_EQ(accepted({.body = body}).payload, body);
  }
  EXPECT_EQ(
      refused({.body = "{'a': 1}"}),
      "400 InvalidRequestContentException {\"Type\":\"User\",\"message\":\"Could not parse request "
      "body "
      "into json: Could not parse payload into json: Unexpected character (''' (code 39)): was "
      "expecting double-quote to start field name (line 1, column 2)\"}");
  EXPECT_THAT(refused({.body = " "}), StartsWith("400 InvalidRequestContentException"));
}

TEST(Invoke, LimitsThePayload) {
  const std::string most = "\"" + std::string(6'291'454, 'a') + "\"";
  EXPECT_EQ(accepted({.body = most}).payload.size(), 6'291'456u);
  EXPECT_EQ(refused({.body = most + " "}),
            "413 RequestEntityTooLargeException {\"Type\":\"User\",\"message\":\"6291457 byte "
            "payload is too "
            "large for the RequestResponse invocation type (limit 6291456 bytes)\"}");
  const std::vector<HeaderField> event = {{"X-Amz-Invocation-Type", "Event"}};
  EXPECT_EQ(accepted({.headers = event, .body = "\"" + std::string(1'048'574, 'a') + "\""})
                .payload.size(),
            1'048'576u);
  EXPECT_EQ(refused({.headers = event, .body = std::string(1'048'577, '1')}),
            "413 RequestEntityTooLargeException {\"Type\":\"User\",\"message\":\"1048577 byte "
            "payload is too "
            "large for the Event invocation type (limit 1048576 bytes)\"}");
}

TEST(Invoke, Answers) {
  const HttpResponse plain = invoke_answer({.request_id = id, .payload = "[1]"});
  EXPECT_EQ(plain.status, 200u);
  EXPECT_EQ(plain.body, "[1]");
  EXPECT_EQ(header(plain, "Content-Type"), "application/json");
  EXPECT_EQ(header(plain, "x-amzn-RequestId"), id);
  EXPECT_EQ(header(plain, "X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(header(plain, "X-Amz-Function-Error"), "(none)");
  EXPECT_EQ(header(plain, "X-Amz-Log-Result"), "(none)");

  const std::string log = "x" + std::string(4'095, 'y') + "z";
  const HttpResponse failed =
      invoke_answer({.request_id = id, .function_error = true, .payload = "{}", .log_tail = log});
  EXPECT_EQ(failed.status, 200u);
  EXPECT_EQ(header(failed, "X-Amz-Function-Error"), "Unhandled");
  EXPECT_THAT(header(failed, "X-Amz-Log-Result"), StartsWith("eXl5eXl5"));
  EXPECT_THAT(header(failed, "X-Amz-Log-Result"), testing::EndsWith("eg=="));

  for (const auto& [response, status] :
       {std::pair(invoke_accepted(id, {}), 202u), {invoke_dry_run(id), 204u}}) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(header(response, "x-amzn-RequestId"), id);
    EXPECT_EQ(header(response, "X-Amz-Executed-Version"), "(none)");
  }
}

TEST(AwsErrors, AreTheCatalogue) {
  struct Row {
    AwsError error;
    unsigned status;
    const char* type;
    const char* body;
  };
  const Row table[] = {
      {AwsError::resource_not_found, 404, "ResourceNotFoundException",
       R"({"Type":"User","Message":"m"})"},
      {AwsError::unknown_operation, 404, "UnknownOperationException", R"({"message":"m"})"},
      {AwsError::invalid_parameter_value, 400, "InvalidParameterValueException",
       R"({"Type":"User","message":"m"})"},
      {AwsError::invalid_request_content, 400, "InvalidRequestContentException",
       R"({"Type":"User","message":"m"})"},
      {AwsError::request_too_large, 413, "RequestEntityTooLargeException",
       R"({"Type":"User","message":"m"})"},
      {AwsError::snap_start_timeout, 408, "SnapStartTimeoutException",
       R"({"Type":"User","Message":"m"})"},
      {AwsError::too_many_requests, 429, "TooManyRequestsException",
       R"({"Type":"User","message":"m"})"},
      {AwsError::service_exception, 500, "ServiceException", R"({"Type":"Service","Message":"m"})"},
      {AwsError::access_denied, 403, "AccessDeniedException", R"({"Message":"m"})"},
      {AwsError::validation, 400, "ValidationException", R"({"message":"m"})"},
      {AwsError::method_not_allowed, 405, "MethodNotAllowedException", R"({"message":"m"})"},
      {AwsError::forbidden_origin, 403, "ForbiddenException", R"({"message":"m"})"},
  };
  for (const Row& row : table) {
    const HttpResponse response = aws_error(row.error, "m", id);
    EXPECT_EQ(response.status, row.status) << row.type;
    EXPECT_EQ(header(response, "x-amzn-ErrorType"), row.type);
    EXPECT_EQ(header(response, "x-amzn-RequestId"), id) << row.type;
    EXPECT_EQ(response.body, row.body) << row.type;
  }
}

TEST(AwsErrors, SayWhyAnInvocationWasThrottled) {
  const HttpResponse response = aws_error(AwsError::too_many_requests, "Rate Exceeded.", id,
                                          "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(response.body, R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded",)"
                           R"("Type":"User","message":"Rate Exceeded."})");
  EXPECT_EQ(header(response, "Retry-After"), "1");
}

TEST(AwsErrors, EscapeTheMessage) {
  EXPECT_EQ(aws_error(AwsError::validation, "\"\n\xff", id).body,
            "{\"message\":\"\\\"\\n\ufffd\"}");
}

TEST(Documents, SayWhichExtensionsFaultItWas) {
  const auto document = [](std::string_view type, std::string_view text) {
    return host_error_document(type, "i", text);
  };
  EXPECT_EQ(exit_document("i", {.code = 0, .error_type = "Extension.Crash"}),
            document("Extension.Crash", "exit code 0"));
  EXPECT_EQ(exit_document("i", {.code = 3, .error_type = "Extension.InitError"}),
            document("Extension.InitError", "exit status 3"));
  EXPECT_EQ(
      exit_document("i", {.signalled = true, .code = SIGKILL, .error_type = "Extension.Crash"}),
      document("Extension.Crash", "signal: killed"));
  EXPECT_EQ(exit_document(
                "i", {.code = 1, .error_type = "Extension.ExitError", .reason = "Agent.\"Lost\""}),
            document("Extension.ExitError", "Agent.\"Lost\""));
}

TEST(Documents, SayHowAnEnvironmentEnded) {
  using std::chrono::milliseconds;
  EXPECT_EQ(timeout_document("i", milliseconds(3'000)),
            R"({"errorType":"Sandbox.Timedout","errorMessage":)"
            R"("RequestId: i Error: Task timed out after 3.00 seconds"})");
  EXPECT_THAT(timeout_document("i", milliseconds(250)), HasSubstr("after 0.25 seconds"));
  const auto exit = [](std::string_view what) {
    return R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: i Error: Runtime exited )" +
           std::string(what) + "\"}";
  };
  EXPECT_EQ(exit_document("i", {.signalled = false, .code = 0}),
            exit("without providing a reason"));
  EXPECT_EQ(exit_document("i", {.signalled = false, .code = 1}), exit("with error: exit status 1"));
  EXPECT_EQ(exit_document("i", {.signalled = false, .code = 127}),
            exit("with error: exit status 127"));
  EXPECT_EQ(exit_document("i", {.signalled = true, .code = SIGKILL}),
            exit("with error: signal: killed"));
  EXPECT_EQ(exit_document("i", {.signalled = true, .code = SIGSEGV}),
            exit("with error: signal: segmentation fault"));
  EXPECT_EQ(exit_document("i", {.signalled = true, .code = SIGABRT}),
            exit("with error: signal: aborted"));
  EXPECT_EQ(exit_document("i", {.signalled = true, .code = 40}),
            exit("with error: signal: signal 40"));
}

TEST(InvokeAnswers, TellTheTraceInSmallLetters) {
  const auto trace = [](const HttpResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "X-Amzn-Trace-Id") return value;
    }
    return std::string("none");
  };
  EXPECT_EQ(trace(invoke_accepted("id", "Root=1-AB;Parent=CD;Sampled=1")),
            "root=1-AB;parent=CD;sampled=1");
  EXPECT_EQ(trace(invoke_answer({.request_id = "id", .payload = "1", .trace_id = "Root=1-AB"})),
            "root=1-AB;sampled=0");
}

}  // namespace
}  // namespace smyth::front
