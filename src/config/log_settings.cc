#include "config/log_settings.h"

#include "base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {
namespace {

constexpr auto formats = std::to_array<std::string_view>({"TEXT", "JSON"});
constexpr auto application_levels =
    std::to_array<std::string_view>({"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"});
constexpr auto system_levels = std::to_array<std::string_view>({"DEBUG", "INFO", "WARN"});

// One of the words, in capitals; AWS takes any case.
std::optional<std::string> word_of(const TableReader& reader, std::string_view name,
                                   std::span<const std::string_view> words) {
  const auto text = reader.text(name);
  if (!text) return std::nullopt;
  std::string capitals = *text;
  std::ranges::transform(capitals, capitals.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (std::ranges::find(words, capitals) != words.end()) return capitals;
  const std::string_view near =
      nearest(capitals, std::vector<std::string_view>(words.begin(), words.end()));
  reader.note(name, fmt::format("{} is unknown: `{}`", reader.called(name), *text),
              near.empty() ? fmt::format("use {}", fmt::join(words, ", "))
                           : fmt::format("did you mean `{}`?", near));
  return std::nullopt;
}

}  // namespace

void read_log_settings(const TableReader& reader, LogSettings& log) {
  if (const auto format = word_of(reader, "log_format", formats)) log.is_json = *format == "JSON";
  if (auto level = word_of(reader, "application_log_level", application_levels)) {
    log.application_level = std::move(*level);
  }
  if (auto level = word_of(reader, "system_log_level", system_levels)) {
    log.system_level = std::move(*level);
  }
}

}  // namespace smyth::config
