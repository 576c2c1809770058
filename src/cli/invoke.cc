#include "cli/client.h"
#include "cli/commands.h"
#include "cli/event.h"
#include "cli/project.h"
#include "front/base64.h"
#include "front/invoke_api.h"
#include "live/once.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

namespace smyth::cli {
namespace {

int print(const std::string& payload, bool is_error) {
  fmt::print("{}\n", payload);
  return is_error ? exit_failed : 0;
}

int invoke_here(const InvokeOptions& options, config::Config config, std::string event) {
  std::error_code ignored;
  auto outcome = live::invoke_once({.config = std::move(config),
                                    .start_folder = std::filesystem::current_path(ignored),
                                    .function = options.function,
                                    .event = std::move(event),
                                    .log = options.log,
                                    .no_timeout = options.no_timeout});
  if (!outcome) return report(outcome.error());
  if (options.log) fmt::print(stderr, "{}", outcome->log);
  return print(outcome->payload, outcome->is_error);
}

}  // namespace

int invoke(const InvokeOptions& options) {
  auto config = load_config(options.config);
  if (!config) return config.error();
  if (const auto known = check_function(*config, options.function); !known) {
    return report(known.error());
  }
  auto event = read_event(options.event);
  if (!event) return report(event.error());
  if (options.host) config->host = *options.host;
  if (options.port) config->port = *options.port;
  if (options.once) return invoke_here(options, std::move(*config), std::move(*event));

  const Address address{config->host, config->port};
  Call request{.method = "POST",
               .target = fmt::format("/2015-03-31/functions/{}/invocations", options.function),
               .headers = {},
               .body = std::move(*event)};
  if (options.log) request.headers["X-Amz-Log-Type"] = "Tail";
  const auto reply = call(address, request);
  if (!reply) return report(reply.error());
  if (const auto tail = reply->headers.find("x-amz-log-result"); tail != reply->headers.end()) {
    fmt::print(stderr, "{}", front::decode_base64(tail->second).value_or(""));
  }
  if (!reply->headers.contains("x-amzn-requestid")) {
    return report({ErrorCode::failed,
                   fmt::format("what answers on {}:{} is no smyth (status {})", address.host,
                               address.port, reply->status),
                   "name the server's `--port`"});
  }
  if (reply->status != 200) {
    return report({ErrorCode::failed,
                   fmt::format("the server answered {}: {}", reply->status, reply->body),
                   reply->status == 404
                       ? "is it the server of this project? `smyth status` lists its functions"
                       : ""});
  }
  return print(reply->body, reply->headers.contains("x-amz-function-error"));
}

}  // namespace smyth::cli
