#pragma once

#include "base/ids.h"
#include "core/action.h"
#include "runtime/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::test {

// An order of the driver's that was carried out.
struct Order {
  core::ActionKind kind;
  InvocationId invocation;
  EnvironmentId environment;
};
using OnOrder = std::function<void(const Order&)>;

// Environments that do what they are told to do, when they are told: they become ready, answer,
// print, ask for the terminal, die.
class FakeRuntime final : public runtime::Runtime {
 public:
  enum class State : std::uint8_t { starting, idle, busy, answered, dead };

  struct Environment {
    EnvironmentId id;
    State state = State::starting;
    runtime::StartSpec spec;
    bool is_paused = false;     // Has asked for the terminal,
    bool has_terminal = false;  // and was given it.
    bool has_ended_itself = false;
    // Of the last delivery.
    std::string request_id;
    std::string event;
    std::string context;
    std::string invoked_arn;
    std::string client_context;
    std::string trace_id;
    std::string config_json;
    std::int64_t deadline_unix_ms = 0;
    std::uint64_t task_counter = 0;
    std::uint32_t deliveries = 0;
    std::vector<bool> grants;             // Answers to its wish for the terminal.
    std::vector<std::string> last_words;  // Output that is told while it is killed.
  };

  explicit FakeRuntime(OnOrder on_order = {}) : on_order_(std::move(on_order)) {}
  void set_events(runtime::RuntimeEvents& events) { events_ = &events; }

  void start(EnvironmentId id, const runtime::StartSpec& spec) override {
    if (alive(id.index)) complain("starts a living environment", id);
    environments_.push_back({.id = id, .spec = spec});
    told(core::ActionKind::start, id);
  }
  void deliver(EnvironmentId id, const runtime::Delivery& delivery) override {
    Environment* to = find(id);
    if (!to || to->state != State::idle) complain("delivers to one that is not idle", id);
    if (!to) return;
    to->state = State::busy;
    to->request_id = delivery.request_id;
    to->event = delivery.event;
    to->context = delivery.context;
    to->invoked_arn = delivery.invoked_arn;
    to->client_context = delivery.client_context;
    to->trace_id = delivery.trace_id;
    to->config_json = delivery.config_json;
    to->deadline_unix_ms = delivery.deadline_unix_ms;
    to->task_counter = delivery.task_counter;
    ++to->deliveries;
    told(core::ActionKind::deliver, id);
  }
  void kill(EnvironmentId id) override { end(id, core::ActionKind::kill); }
  void stop(EnvironmentId id) override {
    const Environment* stopped = find(id);
    if (stopped && stopped->state != State::idle) complain("stops one that is not idle", id);
    end(id, core::ActionKind::stop);
  }
  void grant_terminal(EnvironmentId id, bool granted) override {
    Environment* to = find(id);
    if (!to || !to->is_paused) return complain("answers one that did not ask for the terminal", id);
    to->is_paused = to->has_terminal = granted;
    to->grants.push_back(granted);
  }
  void forget_snapshot(std::string_view snapshot) override {
    if (!snapshot.empty()) forgotten_.emplace_back(snapshot);
  }
  std::uint32_t peak_memory_kib(EnvironmentId) override { return peak_memory_kib_; }
  void set_peak_memory_kib(std::uint32_t kib) { peak_memory_kib_ = kib; }
  std::size_t process_count() const override {
    return static_cast<std::size_t>(std::ranges::count_if(
        environments_, [](const Environment& each) { return each.state != State::dead; }));
  }

  // --- What environments do. The dead say nothing unless a test wants it.

  // Of one with a snapshot.
  void initialise(EnvironmentId id) { events_->on_initialising(id); }
  void restore(EnvironmentId id) { events_->on_restoring(id); }

  void ready(EnvironmentId id, const std::vector<runtime::LoadedModule>& modules = {}) {
    move(id, State::starting, State::idle);
    events_->on_ready(id, {.max_rss_kib = 20'480, .modules = modules, .document = {}});
  }
  // It says why its init failed; the driver has to dispose of it.
  void fail(EnvironmentId id, std::string_view document,
            const std::vector<runtime::LoadedModule>& modules = {}) {
    disposing_ = id;
    events_->on_init_failed(id, {.max_rss_kib = 20'480, .modules = modules, .document = document});
    disposing_ = {};
    if (find(id)) complain("leaves one alone that has failed", id);
  }
  void answer(EnvironmentId id, std::string_view document,
              const std::vector<runtime::LoadedModule>& modules = {}) {
    move(id, State::busy, State::idle);
    events_->on_result(id, {.max_rss_kib = 30'720, .modules = modules, .document = document});
  }
  // As a runtime does that says apart when it is ready for the next.
  void answer_early(EnvironmentId id, std::string_view document, bool is_error) {
    move(id, State::busy, State::answered);
    events_->on_answered(id, {.max_rss_kib = 0, .modules = {}, .document = document}, is_error);
  }
  void finish(EnvironmentId id) {
    move(id, State::answered, State::idle);
    events_->on_invocation_done(id);
  }
  void raise(EnvironmentId id, std::string_view document) {
    move(id, State::busy, State::idle);
    events_->on_error(id, {.max_rss_kib = 30'720, .modules = {}, .document = document});
  }
  void exit(EnvironmentId id, runtime::ExitStatus status = {.signalled = false, .code = 1}) {
    bury(id);
    events_->on_exit(id, status);
  }
  void fail_spawn(EnvironmentId id, const Error& error) {
    bury(id);
    events_->on_spawn_failed(id, error);
  }
  void print(EnvironmentId id, std::string_view line) { events_->on_output(id, line); }
  void pause(EnvironmentId id) {
    Environment* asking = find(id);
    if (asking && asking->is_paused) return;
    if (asking) asking->is_paused = true;
    events_->on_pause(id);
  }
  void proceed(EnvironmentId id) {
    if (Environment* done = find(id)) done->is_paused = done->has_terminal = false;
    events_->on_proceed(id);
  }

  // --- What a test looks at.

  // A living one; null if there is none.
  Environment* find(EnvironmentId id) {
    const auto found = std::ranges::find_if(environments_, [&](const Environment& each) {
      return each.id == id && each.state != State::dead;
    });
    return found == environments_.end() ? nullptr : &*found;
  }
  // Every one that was ever started, in order.
  std::vector<Environment>& all() { return environments_; }
  EnvironmentId latest() const { return environments_.back().id; }
  const std::vector<std::string>& forgotten() const { return forgotten_; }  // Snapshots.
  const std::string& violation() const { return violation_; }

 private:
  bool alive(std::uint32_t index) const {
    return std::ranges::any_of(environments_, [&](const Environment& each) {
      return each.id.index == index && each.state != State::dead;
    });
  }
  void move(EnvironmentId id, State from, State to) {
    Environment* moved = find(id);
    if (!moved || moved->state != from) return;
    moved->state = to;
    moved->is_paused = moved->has_terminal = false;
  }
  void bury(EnvironmentId id) {
    Environment* dead = find(id);
    if (!dead) return;
    dead->state = State::dead;
    dead->has_ended_itself = true;
  }
  void end(EnvironmentId id, core::ActionKind how) {
    const auto is_it = [&](const Environment& each) { return each.id == id; };
    const auto ended = std::ranges::find_if(environments_, is_it);
    if (ended == environments_.end()) return complain("ends one that never was", id);
    const bool is_alive = ended->state != State::dead;
    // A deadline that passed before the news of its end may want it dead as well.
    const bool may_end = is_alive || std::exchange(ended->has_ended_itself, false);
    if (!may_end) return complain("ends one that is dead already", id);
    ended->state = State::dead;
    const bool is_disposal = is_alive && id == disposing_;
    ended->has_ended_itself = is_disposal;
    if (is_alive) {
      const std::vector<std::string> last_words = ended->last_words;
      for (const std::string& line : last_words) events_->on_output(id, line);
    }
    if (!is_disposal) told(how, id);
  }
  void told(core::ActionKind kind, EnvironmentId id) {
    if (on_order_) on_order_({.kind = kind, .invocation = {}, .environment = id});
  }
  void complain(std::string_view what, EnvironmentId id) {
    violation_ += fmt::format("the driver {}: {}.{}\n", what, id.index, id.generation);
  }

  OnOrder on_order_;
  runtime::RuntimeEvents* events_ = nullptr;
  std::vector<Environment> environments_;
  std::vector<std::string> forgotten_;
  EnvironmentId disposing_;  // Says that its init failed.
  std::string violation_;
  std::uint32_t peak_memory_kib_ = 0;
};

}  // namespace smyth::test
