#include "runtime_api/extensions.h"

#include "base/check.h"
#include "front/json_text.h"
#include "runtime_api/register_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;
using front::HttpResponse;
using State = Extension::State;

constexpr const char* identifier_header = "Lambda-Extension-Identifier";
constexpr std::string_view error_type_header = "Lambda-Extension-Function-Error-Type";
constexpr std::size_t name_bytes_max = 255;        // A file's name is no longer.
constexpr std::size_t error_type_bytes_max = 255;  // It goes to logs and callers.

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
    const char c = text[at];
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_digit) return false;
  }
  return true;
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += json.empty() ? "{\"" : ",\"";
  json.append(name).append("\":");
  front::append_json_string(json, value);
}

std::string invoke_event(const Invocation& invocation) {
  std::string json;
  append_member(json, "eventType", "INVOKE");
  json += fmt::format(R"(,"deadlineMs":{})", invocation.deadline_unix_ms);
  append_member(json, "requestId", invocation.request_id);
  append_member(json, "invokedFunctionArn", invocation.invoked_arn);
  json += R"(,"tracing":{"type":"X-Amzn-Trace-Id","value":)";
  front::append_json_string(json, invocation.trace_id);
  return json += "}}";
}

std::string_view word_of(ShutdownReason reason) {
  switch (reason) {
    case ShutdownReason::spindown:
      return "spindown";
    case ShutdownReason::timeout:
      return "timeout";
    case ShutdownReason::failure:
      return "failure";
  }
  return "failure";
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::started:
      return "Started";
    case State::registered:
      return "Registered";
    case State::ready:
      return "Ready";
    case State::running:
      return "Running";
    case State::init_error:
      return "InitError";
    case State::exit_error:
      return "ExitError";
    case State::exited:
      return "Exited";
    case State::shutdown_failed:
      return "ShutdownFailed";
    case State::launch_error:
      return "LaunchError";
  }
  return "Started";
}

std::string Extension::events() const {
  std::string words = wants_invoke ? "INVOKE" : "";
  if (wants_shutdown) words += words.empty() ? "SHUTDOWN" : ",SHUTDOWN";
  return words;
}

bool ExtensionsApi::expect(std::string name) {
  const bool is_one_too_many = extensions_.size() >= extension_count_max;
  extensions_.push_back({.name = std::move(name), .is_external = true});
  return !is_one_too_many;
}

// --- What the owner wants to know ---

bool ExtensionsApi::are_registered() const {
  return std::ranges::none_of(extensions_,
                              [](const Extension& each) { return each.state == State::started; });
}

bool ExtensionsApi::are_ready() const {
  return std::ranges::all_of(extensions_,
                             [](const Extension& each) { return each.state == State::ready; });
}

bool ExtensionsApi::is_any_external() const {
  return std::ranges::any_of(extensions_, &Extension::is_external);
}

Extension* ExtensionsApi::named(std::string_view name) {
  const auto found = std::ranges::find(extensions_, name, &Extension::name);
  return found == extensions_.end() ? nullptr : &*found;
}

const Extension* ExtensionsApi::find(std::string_view id) const {
  if (id.empty()) return nullptr;
  const auto found = std::ranges::find(extensions_, id, &Extension::id);
  return found == extensions_.end() ? nullptr : &*found;
}

void ExtensionsApi::mark(std::string_view name, State state) {
  if (Extension* marked = named(name)) marked->state = state;
}

// --- Events ---

void ExtensionsApi::give(ExchangeId exchange, std::string event) {
  HttpResponse response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("Lambda-Extension-Event-Identifier", make_uuid_());
  response.body = std::move(event);
  responder_.respond(exchange, std::move(response));
}

void ExtensionsApi::wake(Extension& ready, const std::string& event) {
  const auto held = std::exchange(ready.waiting, {});
  SMYTH_CHECK(held.has_value());
  ready.state = State::running;
  give(held.value(), event);
}

void ExtensionsApi::invoke(const Invocation& invocation) {
  std::string event;
  for (Extension& each : extensions_) {
    if (!each.wants_invoke || each.state != State::ready) continue;
    if (event.empty()) event = invoke_event(invocation);
    wake(each, event);
  }
}

void ExtensionsApi::shut_down(ShutdownReason reason, std::int64_t deadline_unix_ms) {
  is_open_ = false;
  shutdown_event_.clear();
  append_member(shutdown_event_, "eventType", "SHUTDOWN");
  shutdown_event_ += fmt::format(R"(,"deadlineMs":{})", deadline_unix_ms);
  append_member(shutdown_event_, "shutdownReason", word_of(reason));
  shutdown_event_ += '}';
  for (Extension& each : extensions_) {
    if (!each.wants_shutdown || each.state != State::ready) continue;
    wake(each, shutdown_event_);
  }
}

// --- Requests ---

void ExtensionsApi::on_request(ExchangeId exchange, const HttpRequest& request) {
  const std::string_view what = request.path.substr(extensions_path.size());
  const bool is_get = request.method == "GET";
  const bool is_post = request.method == "POST";
  const auto wrong_method = [&] { responder_.respond(exchange, text_response(405, "")); };
  if (what == "/register") return is_post ? register_one(exchange, request) : wrong_method();
  if (what == "/event/next") return is_get ? next(exchange, request) : wrong_method();
  if (what == "/init/error") {
    return is_post ? take_error(exchange, request, State::init_error) : wrong_method();
  }
  if (what == "/exit/error") {
    return is_post ? take_error(exchange, request, State::exit_error) : wrong_method();
  }
  responder_.respond(exchange, text_response(404, "404 page not found\n"));
}

void ExtensionsApi::refuse(ExchangeId exchange, std::string_view type, std::string_view message) {
  std::string body;
  append_member(body, "errorMessage", message);
  append_member(body, "errorType", type);
  HttpResponse response;
  response.status = 403;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = body += '}';
  responder_.respond(exchange, std::move(response));
}

void ExtensionsApi::refuse_state(ExchangeId exchange, const Extension& extension,
                                 std::string_view who, std::string_view wanted) {
  refuse(exchange, "Extension.InvalidExtensionState",
         fmt::format("State transition from {} to {} failed for extension {}. Error: State "
                     "transition is not allowed",
                     state_name(extension.state), wanted, who));
}

void ExtensionsApi::register_one(ExchangeId exchange, const HttpRequest& request) {
  const std::string_view name = request.header("Lambda-Extension-Name");
  if (name.empty() || name.size() > name_bytes_max) {
    return refuse(exchange, "Extension.InvalidExtensionName",
                  name.empty() ? "Empty extension name" : "Extension name is too long");
  }
  const auto wanted = parse_register_request(request.body);
  if (!wanted) return refuse(exchange, "InvalidRequestFormat", wanted.error().message);
  Extension* known = named(name);
  const bool is_external = known && known->is_external;
  for (const std::string& event : wanted->events) {
    if (event == "INVOKE" || (event == "SHUTDOWN" && is_external)) continue;
    const std::string_view why = event == "SHUTDOWN"
                                     ? "ShutdownEventNotSupportedForInternalExtension"
                                     : "ErrorInvalidEventType";
    return refuse(exchange, "Extension.InvalidEventType", fmt::format("{}: {}", event, why));
  }
  if (is_external && known->state != State::started) {
    return refuse_state(exchange, *known, name, "Registered");
  }
  if (!is_external && !is_open_) {
    return refuse(exchange, "Extension.RegistrationClosed",
                  "Extension registration closed already");
  }
  if (!known && extensions_.size() >= extension_count_max) {
    return refuse(exchange, "Extension.TooManyExtensions",
                  fmt::format("Extension limit ({}) reached", extension_count_max));
  }
  if (known && !is_external) {
    return refuse(exchange, "Extension.InvalidExtensionState",
                  "Extension with this name already registered");
  }
  if (!known) known = &extensions_.emplace_back(Extension{.name = std::string(name)});
  known->id = make_uuid_();
  known->wants_invoke = std::ranges::count(wanted->events, "INVOKE") > 0;
  known->wants_shutdown = std::ranges::count(wanted->events, "SHUTDOWN") > 0;
  known->state = State::registered;

  HttpResponse response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back(identifier_header, known->id);
  append_member(response.body, "functionName", function_.name);
  append_member(response.body, "functionVersion", function_.version);
  append_member(response.body, "handler", function_.handler);
  if (accepts_account_id(request.header("Lambda-Extension-Accept-Feature"))) {
    append_member(response.body, "accountId", function_.account_id);
  }
  response.body += '}';
  responder_.respond(exchange, std::move(response));
  news_.on_extension_registered();
}

const Extension* ExtensionsApi::identify(ExchangeId exchange, const HttpRequest& request) {
  return identified(exchange, request);
}

Extension* ExtensionsApi::identified(ExchangeId exchange, const HttpRequest& request) {
  const std::string_view sent = request.header(identifier_header);
  if (sent.empty()) {
    refuse(exchange, "Extension.MissingExtensionIdentifier",
           "Missing Lambda-Extension-Identifier header");
    return nullptr;
  }
  if (!is_uuid(sent)) {
    refuse(exchange, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    return nullptr;
  }
  const auto found = std::ranges::find(extensions_, lowered(sent), &Extension::id);
  if (found == extensions_.end()) {
    refuse(exchange, "Extension.UnknownExtensionIdentifier",
           fmt::format("Unknown extension {}", sent));
    return nullptr;
  }
  return &*found;
}

// Two at once: the newer one is refused, as by Lambda.
void ExtensionsApi::next(ExchangeId exchange, const HttpRequest& request) {
  Extension* asking = identified(exchange, request);
  if (!asking) return;
  if (asking->state != State::registered && asking->state != State::running) {
    return refuse_state(exchange, *asking, asking->id, "Ready");
  }
  // What it was busy with ends the environment's life, or is over.
  if (!shutdown_event_.empty() && asking->wants_shutdown) {
    asking->state = State::running;
    return give(exchange, shutdown_event_);
  }
  asking->state = State::ready;
  asking->waiting = exchange;
  news_.on_extension_ready();
}

void ExtensionsApi::take_error(ExchangeId exchange, const HttpRequest& request, State failed) {
  Extension* telling = identified(exchange, request);
  if (!telling) return;
  const std::string_view words = request.header(error_type_header);
  if (words.empty()) {
    return refuse(exchange, "Extension.MissingHeader",
                  fmt::format("{} not found", error_type_header));
  }
  if (telling->state == failed) return responder_.respond(exchange, accepted());  // Told before.
  const bool is_init = failed == State::init_error;
  const bool may_tell =
      telling->state == State::registered ||
      (!is_init && (telling->state == State::ready || telling->state == State::running));
  if (!may_tell) return refuse_state(exchange, *telling, telling->id, state_name(failed));
  telling->state = failed;
  telling->error_type = words.substr(0, error_type_bytes_max);
  responder_.respond(exchange, accepted());
  news_.on_extension_error(is_init ? "Extension.InitError" : "Extension.ExitError",
                           telling->error_type);
}

}  // namespace smyth::runtime_api
