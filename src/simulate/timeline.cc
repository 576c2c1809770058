#include "simulate/timeline.h"

#include <fmt/format.h>

namespace smyth::simulate {
namespace {

using Layout = JsonWriter::Layout;
using State = LiveEnvironment::State;

// Microseconds, as the format has them.
double microseconds(Duration length) { return static_cast<double>(length.count()) / 1e3; }

}  // namespace

Timeline::Timeline(OutputFile& file) : file_(file) {
  json_.object();
  json_.member("displayTimeUnit").text("ms");
  json_.member("traceEvents").array();
}

void Timeline::flush() { file_.write(json_.take()); }

void Timeline::added(const Function& function) {
  json_.object(Layout::line);
  json_.member("name").text("process_name").member("ph").text("M");
  json_.member("pid").count(names_.size() + 1).member("args").object();
  json_.member("name").text(function.name).end().end();
  names_.push_back(function.name);
  named_slots_.push_back(0);
  flush();
}

void Timeline::name_slot(const LiveEnvironment& environment) {
  for (Slot& named = named_slots_[environment.function]; named <= environment.slot; ++named) {
    json_.object(Layout::line);
    json_.member("name").text("thread_name").member("ph").text("M");
    json_.member("pid").count(environment.function + 1).member("tid").count(named + 1);
    json_.member("args").object();
    json_.member("name").text(fmt::format("{}:{}", names_[environment.function], named));
    json_.end().end();
  }
}

void Timeline::close_span(std::uint32_t place, TimePoint until) {
  const LiveEnvironment& environment = environments_.at(place);
  if (environment.state == State::none || environment.since == until) return;
  if (spans_ == spans_max) {
    is_cut_ = true;
    return;
  }
  ++spans_;
  whole_until_ = until;
  name_slot(environment);
  const char* name = environment.state == State::initialising ? "init"
                     : environment.state == State::busy       ? "busy"
                                                              : "idle";
  json_.object(Layout::line);
  json_.member("name").text(name).member("ph").text("X");
  json_.member("ts").number(microseconds(environment.since.time_since_epoch()));
  json_.member("dur").number(microseconds(until - environment.since));
  json_.member("pid").count(environment.function + 1).member("tid").count(environment.slot + 1);
  json_.member("args").object().member("environment").count(environment.serial);
  if (environment.call > 0) json_.member("call").count(environment.call);
  json_.end().end();
  flush();
}

void Timeline::started(const sim::EnvironmentRecord& environment) {
  environments_.start(environment);
}

void Timeline::ready(const sim::EnvironmentRecord& environment) {
  if (environments_.at(environment.place).call == 0) close_span(environment.place, environment.at);
  environments_.ready(environment);
}

void Timeline::delivered(const sim::EnvironmentRecord& environment) {
  close_span(environment.place, environment.at);
  environments_.deliver(environment);
}

void Timeline::answered(const sim::CallRecord& call) {
  if (call.environment == 0) return;
  if (environments_.at(call.place).serial == call.environment) {
    close_span(call.place, call.answered);
  }
  environments_.answer(call);
}

void Timeline::ended(const sim::EnvironmentRecord& environment) {
  close_span(environment.place, environment.at);
  environments_.end(environment);
}

void Timeline::over(TimePoint end) {
  const auto places = static_cast<std::uint32_t>(environments_.places().size());
  for (std::uint32_t place = 0; place < places; ++place) close_span(place, end);
  json_.end();
  if (is_cut_) {
    const auto until = static_cast<std::uint64_t>(whole_until_.time_since_epoch().count());
    json_.member("otherData").object(Layout::line);
    json_.member("cut").text(
        fmt::format("the first {} spans, until {} s", spans_max, exact_seconds(until)));
    json_.end();
  }
  json_.end();
  flush();
}

}  // namespace smyth::simulate
