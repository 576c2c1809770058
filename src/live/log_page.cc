#include "live/log_page.h"

#include "front/router.h"
#include "observe/json_line.h"
#include "observe/log_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <iterator>

namespace smyth::live {
namespace {

using Entry = observe::History::Entry;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> set(LogQuery& query, std::string_view name, std::string value) {
  if (name == "function") {
    query.function = std::move(value);
    return {};
  }
  if (name == "request_id") {
    query.request_id = std::move(value);
    return {};
  }
  if (name != "after" && name != "tail") return misuse(fmt::format("unknown parameter `{}`", name));
  const auto number = number_of(value);
  if (!number) return misuse(fmt::format("`{}` is no number: `{}`", name, value));
  if (name == "after") query.after = *number;
  if (name == "tail") query.tail = static_cast<std::size_t>(*number);
  return {};
}

bool is_asked_for(const Entry& entry, const LogQuery& query) {
  return (query.function.empty() || entry.source->function == query.function) &&
         (query.request_id.empty() || entry.event.request_id == query.request_id);
}

// Sequence numbers have no gaps.
std::size_t first_after(const std::deque<Entry>& entries, std::uint64_t sequence) {
  if (entries.empty() || sequence < entries.front().sequence) return 0;
  const std::uint64_t passed = sequence - entries.front().sequence + 1;
  return static_cast<std::size_t>(std::min<std::uint64_t>(passed, entries.size()));
}

std::size_t first_of_tail(const std::deque<Entry>& entries, std::size_t first,
                          const LogQuery& query) {
  std::size_t left = query.tail;
  std::size_t at = entries.size();
  while (left > 0 && at > first) {
    --at;
    if (is_asked_for(entries[at], query)) --left;
  }
  return at;
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += ',';
  observe::append_json(json, name);
  json += ':';
  observe::append_json(json, value);
}

void append_entry(std::string& json, const Entry& entry, std::string& text) {
  const observe::LogEvent& event = entry.event;
  fmt::format_to(std::back_inserter(json), R"({{"sequence":{},"time":"{}","type":"{}")",
                 entry.sequence, observe::time_text(event.unix_ms), type_name(event.type));
  append_member(json, "function", entry.source->function);
  append_member(json, "environment", entry.source->environment);
  append_member(json, "stream", entry.source->stream);
  if (!event.request_id.empty()) append_member(json, "request_id", event.request_id);
  text.clear();
  append_log_text(text, event, entry.source->format);
  append_member(json, "text", std::string_view(text).substr(0, text.size() - !text.empty()));
  json += ",\"record\":";
  json += record_json(event);
  json += '}';
}

}  // namespace

Result<LogQuery> parse_log_query(std::string_view text) {
  LogQuery query;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string_view value = one.substr(std::min(equals + 1, one.size()));
    auto done = set(query, one.substr(0, equals), front::percent_decode(value));
    if (!done) return std::unexpected(done.error());
  }
  return query;
}

std::string log_page(const observe::History& history, const LogQuery& query) {
  const auto& entries = history.entries();
  std::size_t at = first_after(entries, query.after);
  if (query.tail > 0) at = first_of_tail(entries, at, query);
  std::string records;
  std::string text;
  std::size_t count = 0;
  for (; at < entries.size(); ++at) {
    if (!is_asked_for(entries[at], query)) continue;
    if (count == log_page_records_max || records.size() > log_page_bytes_max) break;
    if (count++ > 0) records += ",\n";
    append_entry(records, entries[at], text);
  }
  const bool has_more = at < entries.size();
  const std::uint64_t last = has_more ? entries[at].sequence - 1 : history.last();
  return fmt::format("{{\"last\":{},\"more\":{},\"records\":[{}]}}", last, has_more, records);
}

}  // namespace smyth::live
