#include "live/banner.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace smyth::live {
namespace {

constexpr std::size_t functions_shown_max = 16;

std::string_view short_name(std::string_view strategy) {
  if (strategy == config::builtin_first_warm) return "first_warm";
  if (strategy == config::builtin_round_robin) return "round_robin";
  return strategy;
}

}  // namespace

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool is_wildcard = host == "0.0.0.0" || host == "::" || host.empty();
  const std::string name = is_wildcard ? "127.0.0.1" : host;
  return name.find(':') == std::string::npos ? fmt::format("http://{}:{}", name, port)
                                             : fmt::format("http://[{}]:{}", name, port);
}

std::string banner(const config::Config& config, const std::string& url) {
  const std::size_t shown = std::min(config.functions.size(), functions_shown_max);
  std::size_t name_width = 0;
  std::size_t route_width = 0;
  const auto route = [](const config::Function& function) {
    return function.url_path ? std::string_view(*function.url_path)
                             : std::string_view("(Invoke only)");
  };
  for (std::size_t index = 0; index < shown; ++index) {
    name_width = std::max(name_width, config.functions[index].name.size());
    route_width = std::max(route_width, route(config.functions[index]).size());
  }
  std::string text;
  auto out = std::back_inserter(text);
  for (std::size_t index = 0; index < shown; ++index) {
    const config::Function& function = config.functions[index];
    fmt::format_to(out, "  {:<{}}  {:<{}}  concurrency {}  {}\n", function.name, name_width,
                   route(function), route_width, function.spec.concurrency,
                   short_name(function.strategy));
  }
  if (shown < config.functions.size()) {
    fmt::format_to(out, "  ... and {} more\n", config.functions.size() - shown);
  }
  fmt::format_to(
      out, "HTTP    {}\nInvoke  {}/2015-03-31/functions/NAME/invocations\nStatus  {}{}/api/status",
      url, url, url, config.prefix);
  return text;
}

}  // namespace smyth::live
