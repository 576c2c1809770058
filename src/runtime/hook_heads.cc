#include "runtime/hook_heads.h"

#include "runtime/json_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <iterator>
#include <limits>

namespace smyth::runtime {
namespace {

// Writes the members of JSON objects, one after another.
class Members {
 public:
  explicit Members(std::string& json) : json_(json) {}

  std::string& name(std::string_view name) {
    if (json_.back() != '{') json_ += ',';
    return json_.append("\"").append(name).append("\":");
  }
  void text(std::string_view name, std::string_view value) {
    append_json_string(this->name(name), value);
  }
  void latin1(std::string_view name, std::string_view value) {
    append_json_latin1(this->name(name), value);
  }
  template <class T>
  void number(std::string_view name, T value) {
    fmt::format_to(std::back_inserter(this->name(name)), "{}", value);
  }
  void address(std::string_view name, std::string_view host, std::uint16_t port) {
    append_json_string(this->name(name) += '[', host);
    fmt::format_to(std::back_inserter(json_), ",{}]", port);
  }

 private:
  std::string& json_;
};

void append_process(std::string& json, const HookProcess& process) {
  Members members(json += '{');
  members.text("name", process.name);
  members.text("state", process.state);
  members.number("task_counter", process.task_counter);
  members.number("last_used_timestamp", process.last_used_timestamp);
  members.number("idle_since", process.idle_since);
  json += '}';
}

void append_function(std::string& json, const HookFunction& function) {
  Members members(json += '{');
  members.text("name", function.name);
  members.text("handler_path", function.handler_path);
  members.number("timeout", function.timeout);
  members.number("concurrency", function.concurrency);
  members.text("url_path", function.url_path);
  members.text("log_level", function.log_level);
  Members env(members.name("env") += '{');
  for (const auto& [name, value] : function.env) env.text(name, value);
  json += '}';
  members.text("event_function", function.event_function);
  members.text("context_function", function.context_function);
  members.text("strategy", function.strategy);
  json += '}';
}

// Header fields and the target are bytes; hooks turn Latin-1 back into these.
void append_request(std::string& json, const HookRequest& request) {
  Members members(json += '{');
  members.text("method", request.method);
  members.latin1("target", request.target);
  members.text("scheme", request.scheme);
  members.address("client", request.client_host, request.client_port);
  members.address("server", request.server_host, request.server_port);
  members.name("headers") += '[';
  for (const auto& [name, value] : request.headers) {
    if (json.back() != '[') json += ',';
    append_json_latin1(json += '[', name);
    append_json_latin1(json += ',', value);
    json += ']';
  }
  json += ']';
  members.name("path_params") += '{';
  for (const auto& [name, value] : request.path_params) Members(json).text(name, value);
  json += "}}";
}

std::string begin_head(const HookCall& call, const HookFunction& function) {
  std::string json = "{";
  Members members(json);
  fmt::format_to(std::back_inserter(members.name("id")), "[{},0]", call.call);
  members.number("timeout", call.limit);
  append_function(members.name("function"), function);
  return json;
}

}  // namespace

std::string prepare_head(const HookCall& call, const HookFunction& function,
                         const HookRequest& request, const HookProcess& process) {
  std::string json = begin_head(call, function);
  append_process(Members(json).name("process"), process);
  if (request.present) append_request(Members(json).name("request"), request);
  return json += '}';
}

std::string choose_head(const HookCall& call, const HookFunction& function,
                        const std::vector<HookProcess>& processes) {
  std::string json = begin_head(call, function);
  Members(json).name("processes") += '[';
  for (const HookProcess& process : processes) {
    if (json.back() != '[') json += ',';
    append_process(json, process);
  }
  return json += "]}";
}

std::optional<HookAnswer> read_hook_answer(std::string_view head) {
  boost::system::error_code failure;
  const boost::json::value parsed = boost::json::parse(head, failure);
  if (failure || !parsed.is_object()) return std::nullopt;
  const boost::json::object& members = parsed.get_object();
  const auto member = [&](const char* name) { return members.if_contains(name); };

  HookAnswer answer;
  const auto* id = member("id");
  const auto* is_ok = member("ok");
  if (!id || !id->is_array() || id->get_array().empty() || !is_ok || !is_ok->is_bool()) {
    return std::nullopt;
  }
  answer.call = id->get_array()[0].to_number<std::uint64_t>(failure);
  if (failure) return std::nullopt;
  answer.is_ok = is_ok->get_bool();
  if (const auto* slot = member("slot")) {
    answer.slot = slot->to_number<std::uint32_t>(failure);
    if (failure) return std::nullopt;
  }
  if (const auto* error = member("error"); error && error->is_string()) {
    answer.error = error->get_string();
  }
  return answer;
}

}  // namespace smyth::runtime
