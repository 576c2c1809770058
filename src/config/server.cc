#include "config/server.h"

#include "config/log_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::config {
namespace {

bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/-._~").find(c) != std::string_view::npos;
}

void read_prefix(const TableReader& reader, Config& config) {
  constexpr std::string_view name = "smyth_path_prefix";
  const auto text = reader.text(name);
  if (!text) return;
  const std::size_t last = text->find_last_not_of('/');
  const std::string prefix = last == std::string::npos ? "" : text->substr(0, last + 1);
  if (prefix.empty()) {
    reader.note(name,
                fmt::format("{} leaves no path to the functions: `{}`", reader.called(name), *text),
                "write it like `smyth_path_prefix = \"/smyth\"`");
  } else if (!prefix.starts_with('/')) {
    reader.note(name, fmt::format("{} must begin with a slash: `{}`", reader.called(name), *text),
                fmt::format("write `/{}`", prefix));
  } else if (!std::ranges::all_of(prefix, is_path_character)) {
    reader.note(name, fmt::format("{} is no plain path: `{}`", reader.called(name), *text),
                "use letters, digits, `/`, `-`, `.`, `_` and `~`");
  } else {
    config.prefix = prefix;
  }
}

void read_hosts(const TableReader& reader, Config& config) {
  constexpr std::string_view name = "allowed_hosts";
  config.allowed_hosts = reader.texts(name);
  for (const std::string& host : config.allowed_hosts) {
    if (host.find('/') == std::string::npos) continue;
    const std::size_t scheme = host.find("://");
    const std::string bare = scheme == std::string::npos ? host : host.substr(scheme + 3);
    reader.note(name, fmt::format("{} takes names of hosts, not `{}`", reader.called(name), host),
                fmt::format("write `{}`", bare.substr(0, bare.find('/'))));
  }
}

void read_origins(const TableReader& reader, Config& config) {
  constexpr std::string_view name = "allowed_origins";
  config.allowed_origins = reader.texts(name);
  for (const std::string& origin : config.allowed_origins) {
    const std::size_t scheme = origin.find("://");
    if (scheme == std::string::npos) {
      reader.note(name, fmt::format("{} takes origins, not `{}`", reader.called(name), origin),
                  fmt::format("write `http://{0}` or `https://{0}`", origin));
    } else if (const std::size_t slash = origin.find('/', scheme + 3); slash != std::string::npos) {
      reader.note(name, fmt::format("{} takes origins, not `{}`", reader.called(name), origin),
                  fmt::format("write `{}`", origin.substr(0, slash)));
    }
  }
}

}  // namespace

void read_server(const TableReader& reader, Config& config) {
  config.host = reader.text("host").value_or(config.host);
  if (const auto port = reader.integer("port")) config.port = static_cast<std::uint16_t>(*port);
  config.log_level = reader.level("log_level").value_or(config.log_level);
  read_log_settings(reader, config.log);
  read_prefix(reader, config);
  config.python = reader.text("python");
  config.env_file = reader.text("env_file");
  read_hosts(reader, config);
  read_origins(reader, config);
  config.lambda_endpoint = reader.boolean("lambda_endpoint").value_or(config.lambda_endpoint);
  config.reload = reader.boolean("reload").value_or(config.reload);
  config.shutdown_grace = reader.seconds("shutdown_grace").value_or(config.shutdown_grace);
}

}  // namespace smyth::config
