// The floor: the least that a request through a local Lambda costs on a machine with these parts.
//
//   floor PORT WORKERS [PYTHON]    serves http://127.0.0.1:PORT until SIGTERM. Port 0 is any free
//   one;
//                                  the first line of the output tells which.
//
// One thread reads an HTTP request (Beast), builds API Gateway's event 2.0 as a JSON document, has
// a Python worker answer it over a socketpair, parses the answer and writes the response. No slots,
// no limits, no log, no errors, no output of handlers: what smyth takes more than this is the price
// of what it does, and each of its figures is a ratio to the floor's of the same run.

#include "front.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace smyth_floor;
using Stream = asio::local::stream_protocol::socket;

constexpr char worker_source[] = {
#embed "bench/floor/floor_worker.py" suffix(, '\0')
};

// A Python process that answers one event at a time; the connection that took it from the idle ones
// is the only one to use it.
struct Worker {
  Stream stream;
  pid_t pid;
  std::string unread;
};
using IdleWorkers = Idle<Worker>;

std::unique_ptr<Worker> start_worker(asio::io_context& loop, std::string python) {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  require(fcntl(ends[1], F_SETFD, 0) == 0, "fcntl");
  std::string descriptor = std::to_string(ends[1]);
  std::string options[] = {"-B", "-c", worker_source};
  char* arguments[] = {python.data(),     options[0].data(), options[1].data(),
                       options[2].data(), descriptor.data(), nullptr};
  pid_t pid = 0;
  require(posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments, environ) == 0, "python");
  close(ends[1]);
  return std::make_unique<Worker>(Stream(loop, asio::local::stream_protocol(), ends[0]), pid, "");
}

// The worker's answer: one line there, one line back.
asio::awaitable<std::string> answer_of(Worker& worker, std::string event) {
  event += '\n';
  co_await asio::async_write(worker.stream, asio::buffer(event), asio::use_awaitable);
  const std::size_t size = co_await asio::async_read_until(
      worker.stream, asio::dynamic_buffer(worker.unread), '\n', asio::use_awaitable);
  std::string answer = worker.unread.substr(0, size - 1);
  worker.unread.erase(0, size);
  co_return answer;
}

asio::awaitable<void> serve(asio::ip::tcp::socket client, IdleWorkers& idle) {
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
    const std::string answer = co_await answer_of(*worker, std::move(event));
    idle.give(worker);
    co_await asio::post(asio::use_awaitable);  // Who waits for the worker writes to it first.
    const Response response = response_of(request, answer);
    co_await http::async_write(client, response, asio::redirect_error(asio::use_awaitable, error));
    is_open = !error && response.keep_alive();
  }
}

asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor, IdleWorkers& idle) {
  for (;;) {
    asio::ip::tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
    client.set_option(asio::ip::tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client), idle), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("error: usage: floor PORT WORKERS [PYTHON]\n", stderr);
    return 2;
  }
  const auto port = static_cast<asio::ip::port_type>(std::atoi(argv[1]));
  const auto count = static_cast<std::size_t>(std::atoi(argv[2]));

  asio::io_context loop(1);
  IdleWorkers idle;
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t i = 0; i < count; ++i) {
    workers.push_back(start_worker(loop, argc > 3 ? argv[3] : "python3"));
    idle.give(workers.back().get());
  }
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), port});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);

  asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&loop](error_code, int) { loop.stop(); });
  asio::co_spawn(loop, accept(acceptor, idle), asio::detached);
  loop.run();

  for (const auto& worker : workers) kill(worker->pid, SIGKILL);
  for (const auto& worker : workers) waitpid(worker->pid, nullptr, 0);
}
