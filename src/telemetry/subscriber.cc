#include "telemetry/subscriber.h"

#include <chrono>
#include <utility>

namespace smyth::telemetry {
namespace {

// The loop's clock, as a time of ours.
using Steady = std::chrono::steady_clock;
TimePoint now() { return TimePoint(Steady::now().time_since_epoch()); }

}  // namespace

Subscriber::Subscriber(boost::asio::io_context& loop, std::string name, Subscription subscription,
                       Buffer::Note note)
    : name_(std::move(name)),
      subscription_(std::move(subscription)),
      buffer_(subscription_.buffering, std::move(note)),
      timer_(loop),
      sender_(loop, subscription_.destination) {}

void Subscriber::add(std::string event) {
  const bool is_first = buffer_.is_empty();
  const TimePoint added = now();
  buffer_.add(std::move(event), added);
  // The timer runs for the first; those that follow can only fill the batch.
  const bool is_full = buffer_.due() <= added;
  if (is_first || is_full || is_in_a_hurry_) send_what_is_due();
}

void Subscriber::hold() {
  is_held_ = true;
  timer_.cancel();
  sender_.hold();
}

void Subscriber::go_on() {
  is_held_ = false;
  sender_.go_on();
  send_what_is_due();
}

void Subscriber::hurry() {
  is_in_a_hurry_ = true;
  send_what_is_due();
}

void Subscriber::send_what_is_due() {
  if (is_sending_ || is_held_) return;
  const auto due = buffer_.due();
  if (!due) return;
  if (is_in_a_hurry_ || *due <= now()) return send();
  timer_.expires_at(Steady::time_point(due->time_since_epoch()));
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) send_what_is_due();
  });
}

void Subscriber::send() {
  is_sending_ = true;
  Batch batch = buffer_.take();
  Batch counts{.events = {}, .told = batch.told, .records = batch.records, .bytes = batch.bytes};
  sender_.send(batch, [this, counts = std::move(counts)](bool is_delivered) {
    is_sending_ = false;
    if (!is_delivered) buffer_.lost(counts);
    send_what_is_due();
    const auto on_sent = on_sent_;  // It may be the end of this object.
    on_sent();
  });
}

}  // namespace smyth::telemetry
