// One warm environment, asked again and again, beside the least that asking a Python process costs:
// a line there and a line back over a socketpair, in a coroutine (the floor's own loop).
#include "runtime/interpreter.h"
#include "runtime/linux_private_folder.h"
#include "runtime/linux_process.h"
#include "runtime/linux_socket.h"
#include "runtime/python_package.h"
#include "runtime/python_runtime.h"

#include <benchmark/benchmark.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace {

using namespace smyth;
namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr std::string_view event =
    R"({"version":"2.0","routeKey":"$default","rawPath":"/orders","rawQueryString":"","headers":{"host":)"
    R"("127.0.0.1:8080","user-agent":"bench","accept":"*/*"},"requestContext":{"accountId":"123456789012",)"
    R"("apiId":"local","domainName":"localhost","http":{"method":"GET","path":"/orders","protocol":"HTTP/1.1",)"
    R"("sourceIp":"127.0.0.1"},"requestId":"id","stage":"$default","timeEpoch":1700000000000},"isBase64Encoded":false})";

constexpr const char* handlers = R"(
COUNT = 0
def silent(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}
def printing(event, context):
    print("one line")
    return silent(event, context)
)";

constexpr const char* floor_worker = R"(
import json, os, socket, sys
exec(sys.argv[2])
connection = socket.socket(fileno=int(sys.argv[1]))
lines = connection.makefile("rb")
while line := lines.readline():
    connection.sendall(json.dumps(silent(json.loads(line), None)).encode() + b"\n")
)";

fs::path python() {
  auto found = runtime::find_interpreter(std::nullopt, "/");
  return found.value();
}

asio::awaitable<void> ask(asio::local::stream_protocol::socket& socket, benchmark::State& state,
                          asio::io_context& loop) {
  std::string buffer;
  for (auto _ : state) {
    std::string line = std::string(event) + '\n';
    co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
    const std::size_t size = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer),
                                                             '\n', asio::use_awaitable);
    std::string answer = buffer.substr(0, size - 1);
    buffer.erase(0, size);
    benchmark::DoNotOptimize(answer);
  }
  loop.stop();
}

void Floor(benchmark::State& state) {
  asio::io_context loop(1);
  auto pair = runtime::make_stream_pair();
  auto output = runtime::make_output_pipe();
  const auto pid = runtime::spawn(
      {python().string(), "-c", floor_worker, std::to_string(runtime::spawned_fd), handlers},
      pair->theirs.get(), output->theirs.get());
  pair->theirs.reset();
  asio::local::stream_protocol::socket socket(loop, asio::local::stream_protocol(),
                                              pair->ours.release());
  asio::co_spawn(loop, ask(socket, state, loop), asio::detached);
  loop.run();
  runtime::kill_tree(*pid);
  runtime::reap_killed(*pid);
}

class Asking : public runtime::RuntimeEvents {
 public:
  Asking(const std::string& handler, benchmark::State& state)
      : state_(state), root_(*runtime::make_temporary_folder("/tmp/smyth-bench-")) {
    std::ofstream(root_ / "app.py") << handlers;
    spec_.handler = handler;
    spec_.cwd = spec_.project = root_;
    spec_.sys_path = {root_, package_.folder()};
    spec_.log_level = "INFO";
    runtime_ = std::move(
        *runtime::PythonRuntime::open(loop_, {.python = python(), .package = package_.folder()}));
    runtime_->set_events(*this);
    runtime_->start(id_, spec_);
  }
  ~Asking() override { fs::remove_all(root_); }

  void run() { loop_.run(); }
  std::size_t lines() const { return lines_; }

  void on_ready(EnvironmentId, const runtime::Report&) override { deliver(); }
  void on_result(EnvironmentId, const runtime::Report& report) override {
    std::string answer{report.document};
    benchmark::DoNotOptimize(answer);
    if (state_.KeepRunning()) {
      deliver();
    } else {
      loop_.stop();
    }
  }
  void on_init_failed(EnvironmentId, const runtime::Report& r) override { fail(r.document); }
  void on_error(EnvironmentId, const runtime::Report& report) override { fail(report.document); }
  void on_answered(EnvironmentId, const runtime::Report&, bool) override {}
  void on_invocation_done(EnvironmentId) override {}
  void on_exit(EnvironmentId, runtime::ExitStatus) override { fail("it ended"); }
  void on_spawn_failed(EnvironmentId, const Error& error) override { fail(error.message); }
  void on_pause(EnvironmentId) override {}
  void on_proceed(EnvironmentId) override {}
  void on_output(EnvironmentId, std::string_view) override { ++lines_; }

 private:
  void deliver() {
    runtime::Delivery delivery;
    delivery.request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95";
    delivery.invoked_arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders";
    delivery.event = event;
    runtime_->deliver(id_, delivery);
  }
  void fail(std::string_view why) {
    state_.SkipWithError(std::string(why).c_str());
    loop_.stop();
  }

  benchmark::State& state_;
  fs::path root_;
  runtime::PythonPackage package_ = std::move(*runtime::PythonPackage::open());
  runtime::StartSpec spec_;
  EnvironmentId id_{.index = 0, .generation = 1};
  std::size_t lines_ = 0;
  asio::io_context loop_{1};
  std::unique_ptr<runtime::PythonRuntime> runtime_;
};

void Silent(benchmark::State& state) { Asking("app.silent", state).run(); }
void Printing(benchmark::State& state) {
  Asking asking("app.printing", state);
  asking.run();
  state.counters["lines"] = static_cast<double>(asking.lines());
}

BENCHMARK(Floor)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(Silent)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(Printing)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
