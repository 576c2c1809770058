#pragma once

#include "base/unique_fd.h"
#include "front/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::front {

// A server with its loop, and a handler that the test writes. Loop and clients share the test's
// thread: until() lets the loop run.
class HttpHarness : public RequestHandler {
 public:
  explicit HttpHarness(HttpLimits limits = {}, const std::string& host = "127.0.0.1")
      : server(std::in_place, loop, *this, std::move(limits)) {
    const auto listening = server->listen(host, 0);
    EXPECT_TRUE(listening) << listening.error().message;
    port = listening.value_or(0);
  }

  void on_request(ExchangeId exchange, const HttpRequest& request) override {
    ++request_count;
    exchanges.push_back(exchange);
    handle(exchange, request);
  }
  void on_gone(ExchangeId exchange) override {
    gone.push_back(exchange);
    if (answer_gone) respond(exchange, *answer_gone);
  }

  void respond(ExchangeId exchange, std::string body, unsigned status = 200) {
    server->respond(exchange, {.status = status, .headers = {}, .body = std::move(body)});
  }

  // Runs the loop until the condition holds; false after ten seconds.
  bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  // Runs what is ready.
  void turn() {
    loop.restart();
    loop.poll();
  }

  boost::asio::io_context loop{1};
  std::optional<HttpServer> server;
  std::uint16_t port = 0;
  std::vector<ExchangeId> exchanges;
  std::vector<ExchangeId> gone;
  int request_count = 0;
  std::optional<std::string> answer_gone;  // The answer to a client that is said to be gone.
  // By default the request is echoed: "METHOD target body".
  std::function<void(ExchangeId, const HttpRequest&)> handle = [this](ExchangeId exchange,
                                                                      const HttpRequest& request) {
    std::string text(request.method);
    text.append(" ").append(request.target);
    if (!request.body.empty()) text.append(" ").append(request.body);
    respond(exchange, std::move(text));
  };
};

// A client that sends and receives raw bytes.
class RawClient {
 public:
  explicit RawClient(HttpHarness& harness) : harness_(harness) {
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(harness.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  // Sends all of it, with the loop running, unless the server closes before that.
  RawClient& send(std::string_view bytes) {
    harness_.until([&] {
      const ssize_t count =
          ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) return errno != EAGAIN;
      bytes.remove_prefix(static_cast<std::size_t>(count));
      return bytes.empty();
    });
    return *this;
  }

  // What has come, up to now, but for what was taken before.
  std::string& received() {
    char bytes[65'536];
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0) {
        received_.append(bytes, static_cast<std::size_t>(count));
        continue;
      }
      if (count == 0) is_ended_ = true;
      if (count < 0 && errno != EAGAIN) is_reset_ = true;
      return received_;
    }
  }

  // Everything until the server closes.
  std::string rest() {
    EXPECT_TRUE(harness_.until([&] {
      received();
      return is_ended_ || is_reset_;
    }));
    EXPECT_FALSE(is_reset_);
    return take(received_.size());
  }

  // The next response: head and body by Content-Length (`head_only` after HEAD).
  std::string response(bool head_only = false) {
    std::size_t size = 0;
    EXPECT_TRUE(harness_.until([&] {
      const std::string& text = received();
      const std::size_t head = text.find("\r\n\r\n");
      if (head == std::string::npos) return is_ended_ || is_reset_;
      const std::size_t length = text.find("Content-Length: ");
      size = head + 4;
      if (!head_only && length < head) size += std::stoul(text.substr(length + 16));
      return text.size() >= size || is_ended_ || is_reset_;
    }));
    return take(std::min(size, received_.size()));
  }

  bool is_closed() {
    received();
    return is_ended_ || is_reset_;
  }
  bool is_reset() const { return is_reset_; }

  void shutdown_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }
  void close() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  std::string take(std::size_t size) {
    std::string text = received_.substr(0, size);
    received_.erase(0, size);
    // The date is checked here and left out.
    static const std::regex date(
        "Date: [A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n");
    return std::regex_replace(text, date, "");
  }

  HttpHarness& harness_;
  UniqueFd fd_;
  std::string received_;
  bool is_ended_ = false;
  bool is_reset_ = false;
};

// The expected bytes of a response of the server, without its date.
inline std::string ok(std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}
inline std::string refusal(std::string_view status, std::string_view message) {
  const std::string body = "{\"message\":\"" + std::string(message) + "\"}";
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace smyth::front
