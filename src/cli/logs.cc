#include "cli/client.h"
#include "cli/commands.h"
#include "cli/project.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

namespace smyth::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds patience{5};  // A server that runs answers at once.
constexpr auto poll_pause = std::chrono::milliseconds(200);

struct Page {
  std::uint64_t last = 0;
  bool has_more = false;
  json::array records;
};

std::string escaped(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Error no_smyth(const Address& address, unsigned status) {
  return {ErrorCode::failed,
          fmt::format("what answers on {}:{} is no smyth of this project (status {})", address.host,
                      address.port, status),
          "name the server's `--port`"};
}

Result<Page> fetch(const Address& address, const std::string& target) {
  const auto reply =
      call(address,
           {.method = "GET", .target = target, .headers = {}, .body = {}, .patience = patience});
  if (!reply) return std::unexpected(reply.error());
  boost::system::error_code error;
  json::value parsed = json::parse(reply->body, error);
  json::object* page = error ? nullptr : parsed.if_object();
  json::value* records = page ? page->if_contains("records") : nullptr;
  const json::value* last = page ? page->if_contains("last") : nullptr;
  if (reply->status != 200 || !records || !records->is_array() || !last || !last->is_int64()) {
    return std::unexpected(no_smyth(address, reply->status));
  }
  const json::value* more = page->if_contains("more");
  return Page{.last = last->to_number<std::uint64_t>(),
              .has_more = more && *more == true,
              .records = std::move(records->as_array())};
}

std::string_view member(const json::object& record, std::string_view name) {
  const json::value* value = record.if_contains(name);
  return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view{};
}

// Each line with its time and its slot, as the terminal of the server has them.
void print_text(const json::object& record) {
  std::string_view text = member(record, "text");
  const std::string_view time = member(record, "time");
  const std::string_view environment = member(record, "environment");
  do {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    fmt::print("{} {} {}\n", time, environment, line);
  } while (!text.empty());
}

void print(const Page& page, bool as_json) {
  for (const json::value& record : page.records) {
    if (as_json) {
      fmt::print("{}\n", json::serialize(record));
    } else if (record.is_object()) {
      print_text(record.as_object());
    }
  }
  std::fflush(stdout);
}

}  // namespace

int logs(const LogsOptions& options) {
  const auto config = load_config(options.config);
  if (!config) return config.error();
  if (!options.function.empty()) {
    if (const auto known = check_function(*config, options.function); !known) {
      return report(known.error());
    }
  }
  const Address address{options.host.value_or(config->host), options.port.value_or(config->port)};
  std::string base = config->prefix + "/api/logs?";
  if (!options.function.empty()) base += "function=" + escaped(options.function) + "&";
  if (!options.request_id.empty()) base += "request_id=" + escaped(options.request_id) + "&";
  std::string target = base;
  if (options.tail) target += fmt::format("tail={}", *options.tail);
  std::uint64_t after = 0;
  for (;;) {
    const auto page = fetch(address, target);
    if (!page) return report(page.error());
    print(*page, options.json);
    if (!page->has_more && !options.follow) return 0;
    // A server that was started anew counts from the beginning.
    after = page->last < after ? 0 : page->last;
    target = fmt::format("{}after={}", base, after);
    if (!page->has_more) std::this_thread::sleep_for(poll_pause);
  }
}

}  // namespace smyth::cli
