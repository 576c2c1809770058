#pragma once

#include "base/unique_fd.h"
#include "live/host.h"
#include "runtime/linux_private_folder.h"
#include "test/support/live_fakes.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace smyth::test {

// A project in a temporary folder, and a host that serves it with real processes, without HTTP.
class ProjectHarness : public testing::Test {
 protected:
  ProjectHarness()
      : root_(std::filesystem::canonical(
            *runtime::make_temporary_folder(testing::TempDir() + "project-"))) {}
  ~ProjectHarness() override {
    host_.reset();
    std::filesystem::remove_all(root_);
  }

  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  // As an editor saves: another file takes its place.
  void replace(const std::string& name, std::string_view text) const {
    write(name + "~", text);
    std::filesystem::rename(root_ / (name + "~"), root_ / name);
  }

  config::Config load() const {
    auto config = config::load(root_ / "smyth.toml");
    if (!config) ADD_FAILURE() << config::describe(config.error().front());
    return config.value_or(config::Config{});
  }
  live::HostOptions options() const {
    live::HostOptions made;
    made.config = made.configured = load();
    made.start_folder = root_;
    return made;
  }
  Result<void> open(live::HostOptions options) {
    auto opened = live::Host::open(loop_, std::move(options), front_, log_);
    if (!opened) return std::unexpected(opened.error());
    host_ = std::move(*opened);
    return {};
  }
  void open() {
    const auto opened = open(options());
    ASSERT_TRUE(opened) << opened.error().message;
  }

  // Runs the loop until it is so; a failure after ten seconds.
  void run_until(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_so() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
    ASSERT_TRUE(is_so()) << "did not come in time";
  }

  // What a function answers: its result, or its error document.
  std::string call(const std::string& name, std::string_view event = "{}") {
    before_call();
    const auto index = host_->index_of(name);
    if (!index) return "no such function";
    auto request = host_->driver().make_request();
    request->caller = live::Caller::invoke;
    request->exchange = {.connection = 0, .generation = ++generation_};
    request->event = event;
    request->http = std::make_unique<runtime::HookRequest>();
    request->http->present = true;
    const std::size_t before = front_.answers.size();
    host_->driver().arrive(*index, std::move(request));
    run_until([&] { return front_.answers.size() > before; });
    return front_.answers.back().document;
  }
  virtual void before_call() {}

  std::string logged() {
    std::string text(1u << 20, '\0');
    const ssize_t count = ::pread(log_file_.get(), text.data(), text.size(), log_seen_);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    log_seen_ += static_cast<off_t>(text.size());
    return text;
  }

  UniqueFd log_file_{::memfd_create("log", MFD_CLOEXEC)};
  off_t log_seen_ = 0;
  std::uint32_t generation_ = 0;
  boost::asio::io_context loop_{1};
  std::filesystem::path root_;
  FakeFront front_;
  observe::Log log_{{.fd = log_file_.get(), .level = observe::Level::info}};
  std::unique_ptr<live::Host> host_;
};

// A handler that counts its invocations and answers with the count and the variable STAGE.
inline constexpr std::string_view counting_handler = R"(
import os
COUNT = 0
def handler(event, context):
    global COUNT
    COUNT += 1
    return [COUNT, os.environ.get("STAGE", "")]
)";

}  // namespace smyth::test
