#pragma once

#include "base/unique_fd.h"
#include "live/driver.h"
#include "test/support/live_fakes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

namespace smyth::test {

// The live driver with fakes around it; a test is what happens, step by step, in virtual time.
class DriverHarness : public testing::Test {
 protected:
  DriverHarness() { runtime_.set_events(driver_); }
  void TearDown() override { EXPECT_EQ(runtime_.violation(), ""); }

  static config::Function function(core::FunctionSpec spec = {},
                                   const std::string& name = "orders") {
    config::Function made;
    made.name = name;
    made.handler_path = "app.handler";
    made.spec = spec;
    return made;
  }
  std::uint32_t add(core::FunctionSpec spec = {}, const std::string& name = "orders") {
    return driver_.add(function(spec, name), "arn:" + name, {});
  }

  struct Invocation {
    live::Caller caller = live::Caller::invoke;
    bool log_tail = false;
    std::uint32_t connection = 0;
    std::string event = "{}";
  };
  // Its request id.
  std::string invoke(std::uint32_t function, const Invocation& invocation) {
    auto request = driver_.make_request();
    request->caller = invocation.caller;
    request->log_tail = invocation.log_tail;
    request->exchange = {.connection = invocation.connection, .generation = 1};
    request->event = invocation.event;
    std::string id = request->request_id;
    driver_.arrive(function, std::move(request));
    return id;
  }
  std::string invoke(std::uint32_t function = 0) {
    return invoke(function, {.connection = ++connections_});
  }

  // Starts and readies the environment of one invocation, which it then answers.
  EnvironmentId warm_up(std::uint32_t function = 0) {
    invoke(function);
    const EnvironmentId id = runtime_.latest();
    runtime_.ready(id);
    runtime_.answer(id, "0");
    return id;
  }

  // What is due until then happens.
  void advance(Duration length) {
    const TimePoint end = timer_.now() + length;
    while (timer_.wake() && *timer_.wake() <= end) {
      timer_.set(std::max(timer_.now(), *timer_.wake()));
      timer_.forget_wake();
      driver_.tick();
    }
    timer_.set(end);
  }

  // How the invocation with this request id ended; a failure if it has not, or more than once.
  FakeFront::Answer answer_to(const std::string& request_id) const {
    const auto is_it = [&](const auto& each) { return each.request_id == request_id; };
    EXPECT_EQ(std::ranges::count_if(front_.answers, is_it), 1) << request_id;
    const auto found = std::ranges::find_if(front_.answers, is_it);
    return found == front_.answers.end() ? FakeFront::Answer{} : *found;
  }
  bool is_answered(const std::string& request_id) const {
    return std::ranges::count(front_.answers, request_id, &FakeFront::Answer::request_id) > 0;
  }

  // What was logged since the last call.
  std::string logged() {
    std::string text(1u << 20, '\0');
    const ssize_t count = ::pread(log_file_.get(), text.data(), text.size(), log_seen_);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    log_seen_ += static_cast<off_t>(text.size());
    return text;
  }

  UniqueFd log_file_{::memfd_create("log", MFD_CLOEXEC)};
  off_t log_seen_ = 0;
  std::uint64_t uuid_count_ = 0;
  std::uint32_t connections_ = 0;
  bool has_terminal_ = true;  // For a debugger to take.
  int terminals_taken_ = 0;
  int terminals_returned_ = 0;

  VirtualTimer timer_;
  FakeRuntime runtime_;
  FakeHooks hooks_;
  FakeFront front_;
  observe::Log log_{{.fd = log_file_.get(), .level = observe::Level::info}};
  live::Driver driver_{{.runtime = runtime_,
                        .hooks = hooks_,
                        .front = front_,
                        .timer = timer_,
                        .log = log_,
                        .take_terminal =
                            [this] {
                              terminals_taken_ += has_terminal_ ? 1 : 0;
                              return has_terminal_;
                            },
                        .return_terminal = [this] { ++terminals_returned_; },
                        .make_uuid = [this] { return fmt::format("uuid-{}", ++uuid_count_); }}};
};

}  // namespace smyth::test
