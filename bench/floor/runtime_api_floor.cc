// The floor of functions that speak Lambda's Runtime API: the least server that official clients
// work with.
//
//   runtime_api_floor PORT WORKERS COMMAND [ARGUMENT...]
//
// Serves http://127.0.0.1:PORT until SIGTERM; port 0 is any free one, and the first line of the
// output tells which, once all workers are up. Each worker is COMMAND with an
// AWS_LAMBDA_RUNTIME_API of its own, and has its event as the answer to `next`, held until there is
// one. As in the other floor there are no limits, no checks, no deadlines, no log and no errors;
// what the workers write goes where this program's output goes.

#include "front.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core.hpp>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <memory>

namespace {

using namespace smyth_floor;
using tcp = asio::ip::tcp;
using Texts = asio::experimental::channel<void(error_code, std::string)>;

// A program that asks for events. Its events and answers pass through channels with room for one.
struct Worker {
  explicit Worker(asio::io_context& loop)
      : address(loop, {asio::ip::address_v4::loopback(), 0}), events(loop, 1), answers(loop, 1) {}

  tcp::acceptor address;
  Texts events;
  Texts answers;
  pid_t pid = 0;
  bool is_ready = false;  // It has asked for its first event.
};
using IdleWorkers = Idle<Worker>;

void start(Worker& worker, char** command) {
  const std::string address = "127.0.0.1:" + std::to_string(worker.address.local_endpoint().port());
  setenv("AWS_LAMBDA_RUNTIME_API", address.c_str(), 1);
  require(posix_spawnp(&worker.pid, command[0], nullptr, nullptr, command, environ) == 0,
          command[0]);
}

// `next` is answered with an event, whatever else is asked with 202 once its body has come.
asio::awaitable<void> serve_worker(tcp::socket client, Worker& worker, IdleWorkers& idle) {
  beast::flat_buffer buffer;
  for (;;) {
    error_code error;
    Request request;
    co_await http::async_read(client, buffer, request,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    Response response(http::status::ok, 11);
    response.set(http::field::content_type, "application/json");
    if (request.method() == http::verb::get) {
      if (!worker.is_ready) idle.give(&worker);
      worker.is_ready = true;
      response.body() = co_await worker.events.async_receive(asio::use_awaitable);
      response.set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
      response.set("Lambda-Runtime-Deadline-Ms", "4102444800000");
      response.set("Lambda-Runtime-Invoked-Function-Arn",
                   "arn:aws:lambda:eu-central-1:123456789012:function:orders");
    } else {
      worker.answers.try_send(error_code{}, std::move(request.body()));
      response.result(http::status::accepted);
      response.body() = "{\"status\":\"OK\"}";
    }
    response.prepare_payload();
    co_await http::async_write(client, response, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

asio::awaitable<void> serve_caller(tcp::socket client, IdleWorkers& idle) {
  beast::flat_buffer buffer;
  IdleWorkers::Hand hand(client.get_executor(), 1);
  for (bool is_open = true; is_open;) {
    error_code error;
    Request request;
    co_await http::async_read(client, buffer, request,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    std::string event = event_text(request);
    Worker* const worker = co_await idle.take(hand);
    worker->events.try_send(error_code{}, std::move(event));
    const std::string answer = co_await worker->answers.async_receive(asio::use_awaitable);
    idle.give(worker);  // The next event waits for its `next`.
    const Response response = response_of(request, answer);
    co_await http::async_write(client, response, asio::redirect_error(asio::use_awaitable, error));
    is_open = !error && response.keep_alive();
  }
}

template <class Serve>
asio::awaitable<void> accept(tcp::acceptor& acceptor, Serve serve) {
  for (;;) {
    tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
    client.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client)), asio::detached);
  }
}

bool all_ready(const std::vector<std::unique_ptr<Worker>>& workers) {
  for (const auto& worker : workers) {
    if (!worker->is_ready) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("error: usage: runtime_api_floor PORT WORKERS COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  const auto port = static_cast<asio::ip::port_type>(std::atoi(argv[1]));
  const auto count = static_cast<std::size_t>(std::atoi(argv[2]));

  asio::io_context loop(1);
  IdleWorkers idle;
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t i = 0; i < count; ++i) {
    Worker& worker = *workers.emplace_back(std::make_unique<Worker>(loop));
    auto serve = [&worker, &idle](tcp::socket client) {
      return serve_worker(std::move(client), worker, idle);
    };
    asio::co_spawn(loop, accept(worker.address, serve), asio::detached);
    start(worker, argv + 3);
  }
  asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&loop](error_code, int) { loop.stop(); });
  while (!all_ready(workers) && loop.run_one() > 0) {
  }
  if (!loop.stopped()) {
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), port});
    std::printf("%d\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    auto serve = [&idle](tcp::socket client) { return serve_caller(std::move(client), idle); };
    asio::co_spawn(loop, accept(acceptor, serve), asio::detached);
    loop.run();
  }

  for (const auto& worker : workers) kill(worker->pid, SIGKILL);
  for (const auto& worker : workers) waitpid(worker->pid, nullptr, 0);
}
