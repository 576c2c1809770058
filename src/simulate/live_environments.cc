#include "simulate/live_environments.h"

namespace smyth::simulate {

using State = LiveEnvironment::State;

LiveEnvironment& LiveEnvironments::place(std::uint32_t place) {
  if (places_.size() <= place) places_.resize(std::size_t{place} + 1);
  return places_[place];
}

const LiveEnvironment& LiveEnvironments::at(std::uint32_t place) { return this->place(place); }

void LiveEnvironments::change(LiveEnvironment& environment, State state, TimePoint at) {
  if (environment.state != State::none) --alive_;
  if (environment.is_busy()) --busy_;
  environment.state = state;
  environment.since = at;
  if (environment.state != State::none) ++alive_;
  if (environment.is_busy()) ++busy_;
}

void LiveEnvironments::start(const sim::EnvironmentRecord& record) {
  LiveEnvironment& environment = place(record.place);
  if (environment.state != State::none) change(environment, State::none, record.at);
  environment = {.function = record.function,
                 .serial = record.environment,
                 .slot = record.slot,
                 .started = record.at,
                 .call = record.call};
  change(environment, State::initialising, record.at);
}

void LiveEnvironments::ready(const sim::EnvironmentRecord& record) {
  LiveEnvironment& environment = place(record.place);
  if (environment.call == 0) change(environment, State::idle, record.at);
}

void LiveEnvironments::deliver(const sim::EnvironmentRecord& record) {
  LiveEnvironment& environment = place(record.place);
  environment.call = record.call;
  ++environment.calls;
  change(environment, State::busy, record.at);
}

void LiveEnvironments::answer(const sim::CallRecord& call) {
  if (call.environment == 0) return;
  LiveEnvironment& environment = place(call.place);
  // One that has ended before its caller hears of it has its place no more.
  if (environment.serial != call.environment || environment.state == State::none) return;
  environment.call = 0;
  change(environment, State::idle, call.answered);
}

void LiveEnvironments::end(const sim::EnvironmentRecord& record) {
  change(place(record.place), State::none, record.at);
}

}  // namespace smyth::simulate
