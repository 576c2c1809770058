#pragma once

#include "front/http.h"
#include "front/router.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

// The event and response formats of API Gateway's HTTP API, payload 2.0
// (docs/reference/lambda-http.md).
namespace smyth::front {

// What an event needs beside the request itself.
struct EventContext {
  std::string_view route_key;  // "ANY /orders/{path+}" or "$default"
  const PathParams* path_params = nullptr;
  std::string_view request_id;  // UUID
  std::string_view trace_id;    // Value of x-amzn-trace-id; empty: the client's, else a new one.
  std::int64_t time_unix_ms = 0;
  std::uint16_t server_port = 0;
};

// "Root=1-65a1b2c3-…": a trace id for a request that came without one, made from its time and UUID.
std::string make_trace_id(std::string_view request_id, std::int64_t time_unix_ms);

// Appends the event to `out` as JSON text, in one pass, without building a document. Header
// and path bytes that are not UTF-8 become U+FFFD; such a body is sent in base64.
void append_event(std::string& out, const HttpRequest& request, const EventContext& context);

// The HTTP response that a handler's result (JSON text as the handler's process wrote it) stands
// for; unexpected, with the reason for the log, if it is malformed.
std::expected<HttpResponse, std::string> response_of_result(std::string_view result);

HttpResponse internal_server_error();  // 500 {"message":"Internal Server Error"}
HttpResponse service_unavailable();    // 503 {"message":"Service Unavailable"}
HttpResponse not_found();              // 404 {"message":"Not Found"}
HttpResponse event_too_large();        // 413 {"message":"Request Entity Too Large"}

}  // namespace smyth::front
