#include "live/environment.h"

#include <fmt/format.h>

#include <chrono>

namespace smyth::live {

std::string make_log_stream(std::int64_t unix_ms, std::string_view uuid) {
  namespace chr = std::chrono;
  const chr::sys_time<chr::milliseconds> now{chr::milliseconds(unix_ms)};
  const chr::year_month_day day{chr::floor<chr::days>(now)};
  std::string hex;
  for (const char c : uuid) {
    if (c != '-') hex.push_back(c);
  }
  return fmt::format("{:04}/{:02}/{:02}/[$LATEST]{}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), hex);
}

std::string_view slot_word(core::SlotView::State state) {
  switch (state) {
    case core::SlotView::State::cold:
      return "cold";
    case core::SlotView::State::idle:
      return "warm";
    case core::SlotView::State::initialising:
    case core::SlotView::State::preparing:
    case core::SlotView::State::busy:
      return "working";
  }
  return "cold";
}

observe::LogFormat log_format(const config::Function& function) {
  const auto level = [](const std::string& word) {
    return observe::log_level(word).value_or(observe::LogLevel::info);
  };
  return {.is_json = function.log.is_json,
          .application = level(function.log.application_level),
          .system = level(function.log.system_level)};
}

runtime::HookFunction hook_function(const config::Function& function) {
  const auto unless = [](const std::string& path,
                         std::initializer_list<std::string_view> built_in) {
    for (const std::string_view name : built_in) {
      if (path == name) return std::string{};
    }
    return path;
  };
  return {.name = function.name,
          .handler_path = function.handler_path,
          .timeout = std::chrono::duration<double>(function.spec.timeout).count(),
          .concurrency = function.spec.concurrency,
          .url_path = function.url_path.value_or(""),
          .log_level =
              std::string(config::log_level_words()[static_cast<std::size_t>(function.log_level)]),
          .env = function.env,
          .event_function = unless(function.event_function, {config::builtin_api_gateway_event,
                                                             config::builtin_invocation_event}),
          .context_function = unless(function.context_function, {config::builtin_context}),
          .strategy =
              unless(function.strategy, {config::builtin_first_warm, config::builtin_round_robin})};
}

}  // namespace smyth::live
