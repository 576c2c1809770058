#pragma once

#include "base/time.h"
#include "telemetry/subscription.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::telemetry {

// Events that a subscriber does not get.
struct Dropped {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string_view why;  // A text that is always there.
};

// What is sent at once: JSON objects in the order of events.
struct Batch {
  std::vector<std::string> events;
  Dropped told;               // What the notes among the events tell of.
  std::uint64_t records = 0;  // Without the notes.
  std::uint64_t bytes = 0;
};

// The events of one subscriber that wait to be sent. Twice a batch finds room, so that events can
// come while one is on its way; what comes then is dropped and counted. The count is told in the
// subscriber's own order of events, where those that are missing would stand.
class Buffer {
 public:
  // Makes the event that tells of `dropped`, if the subscriber wants such events.
  using Note = std::function<std::optional<std::string>(const Dropped& dropped)>;

  Buffer(const Buffering& limits, Note note) : limits_(limits), note_(std::move(note)) {}

  void add(std::string event, TimePoint now);
  // These events are not to be had, before whatever is added next.
  void drop(const Dropped& dropped);

  bool is_empty() const { return waiting_.empty(); }
  // When take() shall be called; none: nothing waits. A time that is past: at once.
  std::optional<TimePoint> due() const;
  // The oldest events, at most a batch of them; empty if nothing waits. A note of what was dropped
  // last comes along, but is never sent alone: nobody may be there to read it.
  Batch take();
  // It did not reach the subscriber.
  void lost(const Batch& batch);

 private:
  struct Event {
    std::string json;
    TimePoint added{};
    Dropped told;  // By this one, which is a note.
    bool is_note = false;
  };

  bool is_full(std::size_t bytes) const;
  // Of what was dropped and is not told yet; none: nothing was, or nobody wants to know.
  std::optional<Event> make_note(TimePoint now);
  void push(Event event);
  static void put(Batch& batch, Event event);

  Buffering limits_;
  Note note_;
  std::deque<Event> waiting_;
  std::size_t bytes_ = 0;  // Of what waits.
  Dropped dropped_;        // And not told yet.
};

inline constexpr std::string_view too_slow =
    "Some logs were dropped because the downstream consumer is slower than the logs production "
    "rate";
inline constexpr std::string_view not_there =
    "Some logs were dropped because the downstream consumer did not take them";

}  // namespace smyth::telemetry
