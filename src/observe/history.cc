#include "observe/history.h"

#include <array>
#include <cstring>

namespace smyth::observe {
namespace {

// What of an event is text, in the order in which it is kept.
std::array<std::string_view LogEvent::*, 8> texts_of() {
  return {&LogEvent::request_id,     &LogEvent::trace_id, &LogEvent::error_type,
          &LogEvent::initialization, &LogEvent::name,     &LogEvent::instance,
          &LogEvent::text,           &LogEvent::words};
}

}  // namespace

void History::add(const LogEvent& event, const std::shared_ptr<const LogSource>& source) {
  Entry& added = entries_.emplace_back();
  added.sequence = ++last_;
  added.source = source;
  added.event = event;
  std::size_t size = 0;
  for (const auto text : texts_of()) size += (event.*text).size();
  added.texts = std::make_unique_for_overwrite<char[]>(size);
  char* at = added.texts.get();
  for (const auto text : texts_of()) {
    std::string_view& kept = added.event.*text;
    if (!kept.empty()) std::memcpy(at, kept.data(), kept.size());
    kept = {at, kept.size()};
    at += kept.size();
  }
  added.bytes = sizeof(Entry) + size;
  bytes_ += added.bytes;
  if (event.type == LogEventType::report) ++invocations_;
  while (invocations_ > invocations_max || bytes_ > bytes_max) drop_oldest();
}

void History::drop_oldest() {
  const Entry& oldest = entries_.front();
  bytes_ -= oldest.bytes;
  if (oldest.event.type == LogEventType::report) --invocations_;
  entries_.pop_front();
}

}  // namespace smyth::observe
