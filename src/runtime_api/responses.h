#pragma once

#include "front/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::runtime_api {

// The largest result that a runtime may post: 6 MiB + 100 (reference: lambda-environments.md, 1.4).
inline constexpr std::size_t response_bytes_max = 6'291'556;

inline constexpr std::string_view base_path = "/2018-06-01";
inline constexpr std::string_view next_path = "/2018-06-01/runtime/invocation/next";
inline constexpr std::string_view init_error_path = "/2018-06-01/runtime/init/error";
inline constexpr std::string_view restore_next_path = "/2018-06-01/runtime/restore/next";
inline constexpr std::string_view restore_error_path = "/2018-06-01/runtime/restore/error";
inline constexpr std::string_view ping_path = "/2018-06-01/ping";

// An event on its way to the runtime.
struct Invocation {
  std::int64_t deadline_unix_ms = 0;
  std::string request_id;
  std::string invoked_arn;
  std::string trace_id;        // Empty: not traced.
  std::string client_context;  // JSON or empty.
  std::string identity;        // JSON or empty.
  std::string event;           // JSON
};

// The answer to the `next` that gets it.
front::HttpResponse event_response(const Invocation& invocation);

// ".../runtime/invocation/ID/response" or ".../error"; none: another path.
struct AnswerPath {
  std::string_view request_id;
  bool is_error = false;
};
std::optional<AnswerPath> answer_path(std::string_view path);

// A posted result that the Runtime API does not take: what its runtime hears, and the error that
// the invocation ends with.
struct Refusal {
  front::HttpResponse response;
  std::string document;
};
std::optional<Refusal> refuse_result(const front::HttpRequest& request);
// One whose body is too large (413) or not whole (400).
Refusal refuse_body(unsigned status);

front::HttpResponse text_response(unsigned status, std::string body);
front::HttpResponse error_response(unsigned status, std::string_view type,
                                   std::string_view message);
front::HttpResponse accepted();
front::HttpResponse wrong_state(std::string_view from, std::string_view to);
front::HttpResponse wrong_id();

}  // namespace smyth::runtime_api
