#include "telemetry/sender.h"

#include "telemetry/reply.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace smyth::telemetry {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A subscriber over TCP that says more than this is heard the next time.
constexpr int unasked_reads_max = 16;
constexpr std::string_view head_end = "\r\n\r\n";

std::string post_of(const Destination& to, const Batch& batch) {
  std::size_t size = 2;
  for (const std::string& event : batch.events) size += event.size() + 1;
  std::string text = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: "
      "{}\r\n\r\n",
      to.target, to.host, size - 1);
  text.reserve(text.size() + size);
  char before = '[';
  for (const std::string& event : batch.events) {
    text += std::exchange(before, ',');
    text += event;
  }
  text += ']';
  return text;
}

std::string lines_of(const Batch& batch) {
  std::string text;
  for (const std::string& event : batch.events) {
    text += event;
    text += '\n';
  }
  return text;
}

}  // namespace

class Sender::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& loop, Destination destination, Duration deadline)
      : to_(std::move(destination)), deadline_(deadline), socket_(loop), timer_(loop) {}

  void send(const Batch& batch, Done done) {
    done_ = std::move(done);
    bytes_ = is_http() ? post_of(to_, batch) : lines_of(batch);
    may_retry_ = is_open();
    start_clock();
    may_retry_ ? write() : connect();
  }

  void hold() {
    is_held_ = true;
    stop_clock();
  }

  void go_on() {
    is_held_ = false;
    if (done_) start_clock();
  }

  void close() {
    done_ = nullptr;
    stop_clock();
    disconnect();
  }

 private:
  bool is_http() const { return to_.protocol == Destination::Protocol::http; }

  // A handler of the loop's, for what was begun on the connection as it is: after disconnect() it
  // says nothing any more.
  template <class Function>
  auto on_this(Function function) {
    return [self = shared_from_this(), number = number_, function](error_code error,
                                                                   std::size_t count = 0) {
      if (self->number_ == number && self->done_) function(*self, error, count);
    };
  }

  // Whether the other end has not closed it meanwhile. What it says unasked is of no interest over
  // TCP, and no HTTP.
  bool is_open() {
    if (!socket_.is_open()) return false;
    char unasked[4'096];
    ssize_t count = 1;
    for (int reads = 0; count > 0 && reads < unasked_reads_max; ++reads) {
      count = ::recv(socket_.native_handle(), unasked, sizeof unasked, MSG_DONTWAIT);
      if (count > 0 && is_http()) break;
    }
    const bool is_silent = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (is_silent || (count > 0 && !is_http())) return true;
    disconnect();
    return false;
  }

  void start_clock() {
    const std::uint64_t run = ++clock_;
    if (is_held_) return;
    timer_.expires_after(deadline_);
    timer_.async_wait([self = shared_from_this(), run](error_code error) {
      if (!error && self->done_ && self->clock_ == run) self->fail();
    });
  }

  void stop_clock() {
    ++clock_;
    timer_.cancel();
  }

  void connect() {
    disconnect();
    const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), to_.port);
    socket_.async_connect(peer, on_this([](Connection& self, error_code error, std::size_t) {
                            if (error || self.is_own_end()) return self.fail();
                            error_code ignored;
                            self.socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
                            self.write();
                          }));
  }

  // Where nobody listens on a port of those that connections get, one may meet itself.
  bool is_own_end() const {
    error_code error;
    return socket_.local_endpoint(error) == socket_.remote_endpoint(error);
  }

  void write() {
    asio::async_write(socket_, asio::buffer(bytes_),
                      on_this([](Connection& self, error_code error, std::size_t) {
                        if (error) return self.try_again();
                        if (!self.is_http()) return self.finish(true);
                        self.head_.clear();
                        self.read_head();
                      }));
  }

  void read_head() {
    asio::async_read_until(socket_, asio::dynamic_buffer(head_, reply_head_bytes_max), head_end,
                           on_this([](Connection& self, error_code error, std::size_t count) {
                             if (error && self.head_.empty()) return self.try_again();
                             if (error) return self.fail();
                             self.take_head(count);
                           }));
  }

  void take_head(std::size_t count) {
    const auto reply = parse_reply(std::string_view(head_).substr(0, count));
    if (!reply) return fail();
    head_.erase(0, count);
    if (reply->status < 200) return read_head();  // 100 Continue, 103 Early Hints.
    const bool is_delivered = reply->status < 400;
    if (!reply->keeps_connection) {
      disconnect();
      return finish(is_delivered);
    }
    const std::size_t body = reply->body_bytes.value_or(0);  // Known where the connection is kept.
    const std::size_t left = body - std::min(body, head_.size());
    if (left == 0) return finish(is_delivered);
    head_.clear();
    asio::async_read(socket_, asio::dynamic_buffer(head_, left), asio::transfer_exactly(left),
                     on_this([is_delivered](Connection& self, error_code error, std::size_t) {
                       if (error) self.disconnect();
                       self.finish(is_delivered);
                     }));
  }

  // A connection that was kept may have been closed as the batch was on its way.
  void try_again() { std::exchange(may_retry_, false) ? connect() : fail(); }

  void fail() {
    disconnect();
    finish(false);
  }

  void disconnect() {
    ++number_;
    error_code ignored;
    socket_.close(ignored);
  }

  void finish(bool is_delivered) {
    stop_clock();
    bytes_ = {};
    head_ = {};
    std::exchange(done_, nullptr)(is_delivered);
  }

  const Destination to_;
  const Duration deadline_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::uint64_t number_ = 0;  // Of the connection.
  std::uint64_t clock_ = 0;   // Of the timer's run.
  Done done_;                 // None: nothing is on its way.
  std::string bytes_;
  std::string head_;  // Of the answer, and what came with it.
  bool may_retry_ = false;
  bool is_held_ = false;
};

Sender::Sender(asio::io_context& loop, Destination destination, Duration deadline)
    : connection_(std::make_shared<Connection>(loop, std::move(destination), deadline)) {}

Sender::~Sender() { connection_->close(); }

void Sender::send(const Batch& batch, Done done) { connection_->send(batch, std::move(done)); }
void Sender::hold() { connection_->hold(); }
void Sender::go_on() { connection_->go_on(); }

}  // namespace smyth::telemetry
