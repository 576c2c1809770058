#include "cli/client.h"
#include "cli/commands.h"
#include "cli/project.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace smyth::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds patience{5};  // A server that runs answers at once.

// A line for each slot that was ever used, and the number of the others.
void print_function(std::string_view name, const json::array& processes) {
  std::size_t unused = 0;
  for (const json::value& process : processes) {
    const json::object& slot = process.as_object();
    const std::int64_t count = slot.at("task_counter").to_number<std::int64_t>();
    const std::string state(slot.at("state").as_string());
    if (state == "cold" && count == 0) {
      ++unused;
      continue;
    }
    const json::value* stale = slot.if_contains("stale");
    fmt::print("{:<24} {:<8} {:>8}{}\n", std::string(slot.at("name").as_string()), state, count,
               stale && *stale == true ? " old code" : "");
  }
  if (unused > 0) {
    fmt::print("{:<24} {:<8} {:>8}\n", fmt::format("{} ({} more)", std::string(name), unused),
               "cold", 0);
  }
}

}  // namespace

int status(const StatusOptions& options) {
  const auto config = load_config(options.config);
  if (!config) return config.error();
  const Address address{options.host.value_or(config->host), options.port.value_or(config->port)};
  const auto reply = call(address, {.method = "GET",
                                    .target = config->prefix + "/api/status",
                                    .headers = {},
                                    .body = {},
                                    .patience = patience});
  if (!reply) return report(reply.error());
  boost::system::error_code error;
  const json::value parsed = json::parse(reply->body, error);
  const json::value* functions =
      !error && parsed.is_object() ? parsed.as_object().if_contains("lambda handlers") : nullptr;
  if (reply->status != 200 || !functions || !functions->is_object()) {
    return report({ErrorCode::failed,
                   fmt::format("what answers on {}:{} is no smyth of this project (status {})",
                               address.host, address.port, reply->status),
                   "name the server's `--port`"});
  }
  if (options.json) {
    fmt::print("{}\n", reply->body);
    return 0;
  }
  fmt::print("{:<24} {:<8} {:>8}\n", "SLOT", "STATE", "GIVEN");
  for (const auto& [name, function] : functions->as_object()) {
    print_function(name, function.as_object().at("processes").as_array());
  }
  return 0;
}

}  // namespace smyth::cli
