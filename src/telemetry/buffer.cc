#include "telemetry/buffer.h"

#include <utility>

namespace smyth::telemetry {
namespace {

// What waits is at most so many batches.
constexpr std::size_t batches_max = 2;

}  // namespace

// One event finds room in any case, however large it is.
bool Buffer::is_full(std::size_t bytes) const {
  if (waiting_.empty()) return false;
  return waiting_.size() >= batches_max * limits_.items_max ||
         bytes_ + bytes > batches_max * limits_.bytes_max;
}

void Buffer::add(std::string event, TimePoint now) {
  if (is_full(event.size())) return drop({.records = 1, .bytes = event.size(), .why = too_slow});
  if (auto note = make_note(now)) push(std::move(*note));
  push({.json = std::move(event), .added = now, .told = {}, .is_note = false});
}

void Buffer::push(Event event) {
  bytes_ += event.json.size();
  waiting_.push_back(std::move(event));
}

void Buffer::drop(const Dropped& dropped) {
  if (dropped.records == 0) return;
  dropped_.records += dropped.records;
  dropped_.bytes += dropped.bytes;
  dropped_.why = dropped.why;
}

std::optional<Buffer::Event> Buffer::make_note(TimePoint now) {
  if (dropped_.records == 0) return std::nullopt;
  const Dropped told = std::exchange(dropped_, {});
  auto json = note_(told);
  if (!json) return std::nullopt;
  return Event{.json = std::move(*json), .added = now, .told = told, .is_note = true};
}

std::optional<TimePoint> Buffer::due() const {
  if (waiting_.empty()) return std::nullopt;
  const TimePoint oldest = waiting_.front().added;
  if (waiting_.size() >= limits_.items_max || bytes_ >= limits_.bytes_max) return oldest;
  return oldest + limits_.wait_max;
}

Batch Buffer::take() {
  Batch batch;
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.events.size() < limits_.items_max) {
    bytes += waiting_.front().json.size();
    if (!batch.events.empty() && bytes > limits_.bytes_max) break;
    bytes_ -= waiting_.front().json.size();
    put(batch, std::move(waiting_.front()));
    waiting_.pop_front();
  }
  // Nothing may come any more that would bring the note along.
  if (waiting_.empty() && !batch.events.empty()) {
    if (auto note = make_note({})) put(batch, std::move(*note));
  }
  return batch;
}

void Buffer::put(Batch& batch, Event event) {
  if (event.is_note) {
    batch.told.records += event.told.records;
    batch.told.bytes += event.told.bytes;
    batch.told.why = event.told.why;
  } else {
    ++batch.records;
    batch.bytes += event.json.size();
  }
  batch.events.push_back(std::move(event.json));
}

void Buffer::lost(const Batch& batch) {
  drop(batch.told);
  drop({.records = batch.records, .bytes = batch.bytes, .why = not_there});
}

}  // namespace smyth::telemetry
