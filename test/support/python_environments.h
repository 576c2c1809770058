#pragma once

#include "runtime/interpreter.h"
#include "runtime/linux_private_folder.h"
#include "runtime/python_runtime.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::test {

namespace fs = std::filesystem;

// Whether a process is there and not dead.
inline bool is_alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);  // Fails like a missing file where it dies meanwhile.
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] != 'Z' &&
         text[end + 2] != 'X';
}

// What the runtime told of one environment.
struct Told {
  std::vector<std::string>
      events;  // "ready", "result {...}", "out: line", "exit 1", "signal 9", ...
  std::vector<std::string> lines;
  std::vector<std::string> modules;  // Paths.
  std::size_t output_bytes = 0;
  bool is_over = false;
};

// Real environments of a project in a temporary folder, driven step by step.
class PythonEnvironments : public testing::Test, public runtime::RuntimeEvents {
 protected:
  using Seconds = std::chrono::duration<double>;

  PythonEnvironments()
      : root_(fs::canonical(*runtime::make_temporary_folder(testing::TempDir() + "project-"))) {}
  ~PythonEnvironments() override {
    runtime_.reset();
    fs::remove_all(root_);
  }

  static fs::path python() {
    static const auto found = runtime::find_interpreter(std::nullopt, "/");
    return found.value();
  }

  void open(const fs::path& interpreter = python()) {
    runtime_.reset();  // It kills every child that it does not know, those of another one too.
    auto opened = runtime::PythonRuntime::open(
        loop_, {.python = interpreter, .package = fs::absolute("python")});
    ASSERT_TRUE(opened) << opened.error().message;
    runtime_ = std::move(*opened);
    runtime_->set_events(*this);
  }

  void write(const std::string& name, std::string_view text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  runtime::StartSpec spec(const std::string& handler = "app.handler") {
    runtime::StartSpec spec;
    spec.name = "orders:0";
    spec.function = "orders";
    spec.handler = handler;
    spec.arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders";
    spec.log_group = "/aws/lambda/orders";
    spec.log_stream = "stream";
    spec.log_level = "INFO";
    spec.cwd = spec.project = root_;
    spec.sys_path = {root_, fs::absolute("python")};
    spec.environ = {{"PATH", "/usr/bin:/bin"}};
    spec.freeze = freezes_;
    return spec;
  }

  EnvironmentId start(const std::string& handler = "app.handler") { return start(spec(handler)); }
  EnvironmentId start(const runtime::StartSpec& of) {
    if (!runtime_) open();
    const EnvironmentId id{.index = next_index_++, .generation = 1};
    runtime_->start(id, of);
    return id;
  }

  EnvironmentId start_ready(const std::string& handler = "app.handler") {
    const EnvironmentId id = start(handler);
    await(id, "ready");
    return id;
  }

  void deliver(EnvironmentId id, std::string_view event = "{}") {
    runtime::Delivery delivery;
    delivery.request_id = "request-1";
    delivery.invoked_arn = "arn";
    delivery.task_counter = 1;
    delivery.event = event;
    runtime_->deliver(id, delivery);
  }

  // Runs the loop until it is so; a failure after ten seconds.
  void run_until(const std::function<bool()>& is_so, Seconds limit = Seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!is_so() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
    ASSERT_TRUE(is_so()) << "did not come in time; told:\n" << describe();
  }

  void run_for(Seconds time) {
    loop_.restart();
    loop_.run_for(std::chrono::duration_cast<std::chrono::nanoseconds>(time));
  }

  // Until an event that begins so has been told that was not awaited before; the rest of it.
  std::string await(EnvironmentId id, const std::string& beginning) {
    std::string found;
    std::size_t& seen = awaited_[{id.index, id.generation}];
    const auto look = [&] {
      const auto& events = told(id).events;
      for (; seen < events.size(); ++seen) {
        if (!events[seen].starts_with(beginning)) continue;
        found = events[seen++].substr(beginning.size());
        return true;
      }
      return false;
    };
    bool is_found = false;
    run_until([&] { return is_found = is_found || look(); });
    return found;
  }

  std::string result_of(EnvironmentId id, std::string_view event = "{}") {
    deliver(id, event);
    return await(id, "result ");
  }

  Told& told(EnvironmentId id) { return told_[{id.index, id.generation}]; }

  void until_all_reaped() {
    run_until([&] { return runtime_->process_count() == 0; });
  }

  std::string describe() {
    std::string text;
    for (const auto& [id, each] : told_) {
      for (const auto& event : each.events) {
        text += std::to_string(id.first) + ": " + event.substr(0, 400) + "\n";
      }
    }
    return text;
  }

  void on_initialising(EnvironmentId id) override { told(id).events.push_back("initialising"); }
  void on_restoring(EnvironmentId id) override { told(id).events.push_back("restoring"); }
  void on_shared(EnvironmentId id, std::string_view what) override {
    told(id).events.push_back("shared " + std::string(what));
  }
  void on_ready(EnvironmentId id, const runtime::Report& report) override {
    add(id, "ready", report);
  }
  void on_init_failed(EnvironmentId id, const runtime::Report& report) override {
    add(id, "failed ", report);
  }
  void on_result(EnvironmentId id, const runtime::Report& report) override {
    add(id, "result ", report);
  }
  void on_error(EnvironmentId id, const runtime::Report& report) override {
    add(id, "error ", report);
  }
  void on_exit(EnvironmentId id, runtime::ExitStatus status) override {
    told(id).events.push_back((status.signalled ? "signal " : "exit ") +
                              std::to_string(status.code));
    told(id).is_over = true;
  }
  void on_answered(EnvironmentId id, const runtime::Report& report, bool is_error) override {
    told(id).events.push_back((is_error ? "error answer " : "answer ") +
                              std::string(report.document));
  }
  void on_invocation_done(EnvironmentId id) override { told(id).events.push_back("done"); }
  void on_spawn_failed(EnvironmentId id, const Error& error) override {
    told(id).events.push_back("spawn failed " + error.message);
    told(id).is_over = true;
  }
  void on_pause(EnvironmentId id) override { told(id).events.push_back("pause"); }
  void on_proceed(EnvironmentId id) override { told(id).events.push_back("proceed"); }
  void on_output(EnvironmentId id, std::string_view line) override {
    Told& of = told(id);
    of.output_bytes += line.size();
    if (of.lines.size() >= 10'000) return;
    of.lines.emplace_back(line);
    of.events.push_back("out: " + std::string(line));
  }

  boost::asio::io_context loop_{1};
  fs::path root_;
  bool freezes_ = false;  // What idle environments do is part of many tests.
  std::unique_ptr<runtime::PythonRuntime> runtime_;

 private:
  void add(EnvironmentId id, std::string_view kind, const runtime::Report& report) {
    EXPECT_FALSE(told(id).is_over);
    EXPECT_GT(report.max_rss_kib, 1'000u);
    told(id).events.push_back(std::string(kind) + std::string(report.document));
    for (const auto& module : report.modules) told(id).modules.emplace_back(module.path);
  }

  std::uint32_t next_index_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Told> told_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> awaited_;
};

}  // namespace smyth::test
