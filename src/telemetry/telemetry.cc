#include "telemetry/telemetry.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace smyth::telemetry {
namespace {

using front::HttpResponse;
using observe::LogEvent;
using observe::LogEventType;

HttpResponse json_response(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

// Both are texts of ours.
HttpResponse error_response(unsigned status, std::string_view type, std::string_view message) {
  return json_response(status,
                       fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", message, type));
}

std::int64_t unix_ms() {
  using std::chrono::system_clock;
  return std::chrono::floor<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

std::string dropped_json(const Dropped& dropped) {
  return observe::event_json({.type = LogEventType::logs_dropped,
                              .unix_ms = unix_ms(),
                              .text = dropped.why,
                              .bytes = dropped.bytes,
                              .count = dropped.records});
}

// In the schema before 2022-12-13: lines are strings.
std::string plain_json(LogEvent event) {
  event.is_json = false;
  return observe::event_json(event);
}

bool begins_environment(LogEventType type) {
  return type == LogEventType::init_start || type == LogEventType::restore_start;
}

bool ends_init(LogEventType type) {
  return type == LogEventType::init_report || type == LogEventType::restore_report;
}

}  // namespace

// --- Subscriptions ---

HttpResponse Telemetry::on_request(EnvironmentId id, std::string_view extension,
                                   const front::HttpRequest& request) {
  if (request.path.starts_with(runtime_api::logs_path)) {
    return error_response(202, "Logs.NotSupported", "Logs API is not supported");
  }
  Entry* entry = find(id);
  if (!entry || !entry->is_init) {
    return error_response(403, "Telemetry.SubscriptionClosed",
                          "Telemetry API subscription is closed");
  }
  return subscribe(*entry, extension, request.body);
}

HttpResponse Telemetry::subscribe(Entry& entry, std::string_view extension, std::string_view body) {
  auto subscription = parse_subscription(body);
  if (!subscription) return error_response(400, "ValidationError", subscription.error());
  const auto has_its_name = [&](const auto& other) { return other->name() == extension; };
  if (std::ranges::any_of(entry.subscribers, has_its_name)) {
    return error_response(400, "ValidationError", "the extension has subscribed already");
  }
  const std::string types = subscription->types();
  Buffer::Note note = [](const Dropped&) { return std::nullopt; };
  if (subscription->wants(Category::platform)) note = dropped_json;
  const bool takes_objects = subscription->takes_objects;
  const EnvironmentId id = entry.id;
  auto subscriber = std::make_unique<Subscriber>(loop_, std::string(extension),
                                                 std::move(*subscription), std::move(note));
  subscriber->set_on_sent([this, id] { tell_if_flushed(id); });
  for (const Kept& kept : entry.kept) {
    if (!subscriber->subscription().wants(kept.category)) continue;
    subscriber->add(takes_objects || kept.plain.empty() ? kept.json : kept.plain);
  }
  subscriber->drop(entry.dropped);
  entry.subscribers.push_back(std::move(subscriber));
  log_(id, {.type = LogEventType::telemetry_subscription,
            .name = extension,
            .text = "Subscribed",
            .words = types});
  return json_response(200, R"("OK")");
}

// --- Records ---

Telemetry::Entry* Telemetry::find(EnvironmentId id) {
  if (id.index >= entries_.size()) return nullptr;
  Entry* entry = entries_[id.index].get();
  if (entry && entry->id == id) return entry;
  const auto found = std::ranges::find(leaving_, id, &Entry::id);
  return found == leaving_.end() ? nullptr : found->get();
}

Telemetry::Entry* Telemetry::entry_of(const LogEvent& event) {
  Entry* entry = find(event.environment);
  if (entry || !begins_environment(event.type)) return entry;
  const std::size_t index = event.environment.index;
  if (entries_.size() <= index) entries_.resize(index + 1);
  if (entries_[index] && !entries_[index]->subscribers.empty()) {
    leaving_.push_back(std::move(entries_[index]));
  }
  entries_[index] = std::make_unique<Entry>(loop_, event.environment);
  return entries_[index].get();
}

void Telemetry::on_log_event(const LogEvent& event) {
  Entry* entry = entry_of(event);
  if (!entry) return;
  if (entry->is_init) keep(*entry, event);
  const Category category = category_of(event.type);
  for (const auto& subscriber : entry->subscribers) {
    const Subscription& subscription = subscriber->subscription();
    if (!subscription.wants(category)) continue;
    subscriber->add(subscription.takes_objects ? event_json(event) : plain_json(event));
  }
  if (!ends_init(event.type)) return;
  entry->is_init = false;
  entry->kept = {};
  if (entry->subscribers.empty()) entries_[event.environment.index].reset();
}

void Telemetry::keep(Entry& entry, const LogEvent& event) {
  Kept kept{.category = category_of(event.type), .json = event_json(event), .plain = {}};
  if (event.is_json && kept.category != Category::platform) kept.plain = plain_json(event);
  if (entry.kept_bytes + kept.json.size() > init_bytes_max) {
    ++entry.dropped.records;
    entry.dropped.bytes += kept.json.size();
    entry.dropped.why = too_slow;
    return;
  }
  entry.kept_bytes += kept.json.size();
  entry.kept.push_back(std::move(kept));
}

// --- The environment's life ---

void Telemetry::rest(EnvironmentId id) {
  if (Entry* entry = find(id)) {
    for (const auto& subscriber : entry->subscribers) subscriber->hold();
  }
}

void Telemetry::wake(EnvironmentId id) {
  if (Entry* entry = find(id)) {
    for (const auto& subscriber : entry->subscribers) subscriber->go_on();
  }
}

void Telemetry::flush(EnvironmentId id, std::function<void()> done) {
  Entry* entry = find(id);
  if (!entry || entry->subscribers.empty()) return done();
  entry->on_flushed = std::move(done);
  for (const auto& subscriber : entry->subscribers) {
    subscriber->go_on();
    subscriber->hurry();
  }
  // What is told in the step at hand, such as the report, goes along.
  boost::asio::post(loop_, [this, id] { tell_if_flushed(id); });
  entry->flush_timer.expires_after(flush_wait_max);
  entry->flush_timer.async_wait([this, id](const boost::system::error_code& error) {
    if (!error) tell_flushed(id);
  });
}

void Telemetry::tell_if_flushed(EnvironmentId id) {
  const Entry* entry = find(id);
  if (entry && std::ranges::all_of(entry->subscribers, &Subscriber::is_done)) tell_flushed(id);
}

void Telemetry::tell_flushed(EnvironmentId id) {
  Entry* entry = find(id);
  if (!entry || !entry->on_flushed) return;
  entry->flush_timer.cancel();
  std::exchange(entry->on_flushed, nullptr)();
}

void Telemetry::end(EnvironmentId id) {
  std::erase_if(leaving_, [id](const auto& entry) { return entry->id == id; });
  if (find(id)) entries_[id.index].reset();
}

}  // namespace smyth::telemetry
