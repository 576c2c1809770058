#include "front/connection.h"

#include "base/check.h"

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace smyth::front {
namespace {

constexpr std::size_t copied_body_bytes_max = 16'384;  // A larger body is sent from where it is.
constexpr std::size_t out_bytes_kept = 65'536;
constexpr std::size_t received_bytes_max = 1'048'576;    // At a time, then others have their turn.
constexpr std::size_t discarded_bytes_max = 67'108'864;  // Of what a refused client still sends.
constexpr int requests_per_turn_max = 16;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

// A handler of the loop: the connection stays in memory until it has run, and nothing happens if
// the connection was closed meanwhile.
template <class Function>
auto Connection::keeping(Function function) {
  return [self = shared_from_this(), function](auto...) {
    if (!self->is_closed_) function(*self);
  };
}

Connection::Connection(ConnectionPool& pool, WatchedFd socket, std::uint32_t id)
    : pool_(&pool), socket_(std::move(socket)), id_(id), reader_(pool.limits) {}

void Connection::start(std::string source_ip, std::uint16_t source_port) {
  source_ip_ = std::move(source_ip);
  source_port_ = source_port;
  auto& fresh = pool_->by_phase[static_cast<std::size_t>(Phase::fresh)];
  place_ = fresh.insert(fresh.end(), shared_from_this());
  enter(Phase::fresh);
  on_readable();  // The first request is often there already.
}

void Connection::enter(Phase phase) {
  const auto from = static_cast<std::size_t>(phase_);
  const auto to = static_cast<std::size_t>(phase);
  pool_->by_phase[to].splice(pool_->by_phase[to].end(), pool_->by_phase[from], place_);
  phase_ = phase;
  deadline_tick_ = pool_->tick + pool_->ticks_of[to];
}

// --- Requests and responses ---

// Reads on, request by request, until the client or the handler must act.
void Connection::advance() {
  if (is_advancing_ || (!is_idle() && phase_ != Phase::receiving)) return;
  is_advancing_ = true;
  int turn = 0;
  while (advance_once()) {
    if (++turn < requests_per_turn_max) continue;
    boost::asio::post(socket_.get_executor(), keeping([](Connection& self) { self.advance(); }));
    break;
  }
  is_advancing_ = false;
}

// True if a request was answered at once, so that the next one may be there.
bool Connection::advance_once() {
  switch (reader_.advance()) {
    case RequestReader::State::refused:
      refuse();
      return false;
    case RequestReader::State::incomplete:
      if (is_half_closed_) {
        end_early();
        return false;
      }
      if (reader_.is_empty()) {
        if (pool_->is_draining) {
          close();
          return false;
        }
        if (phase_ == Phase::receiving) enter(Phase::idle);
      } else if (phase_ != Phase::receiving) {
        enter(Phase::receiving);
      }
      if (reader_.take_expectation()) {
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        then_ = Then::next;
        written();
        if (is_closed_ || phase_ == Phase::writing) return false;
      }
      wait_readable();
      return false;
    case RequestReader::State::whole:
      break;
  }
  HttpRequest& request = reader_.request();
  request.source_ip = source_ip_;
  request.source_port = source_port_;
  enter(Phase::handler);
  exchange_ = pool_->open_exchange(*this);
  pool_->handler.on_request(exchange_, request);
  if (is_closed_) return false;
  if (phase_ == Phase::handler) wait_readable();  // Tells of a reset as well.
  return phase_ == Phase::idle;
}

void Connection::respond(HttpResponse response) {
  SMYTH_CHECK(phase_ == Phase::handler);
  const bool keeps_alive = reader_.keeps_alive() && !pool_->is_draining;
  then_ = keeps_alive ? Then::next : pool_->is_draining ? Then::linger : Then::end;
  write(response);
  if (is_closed_ || phase_ != Phase::idle || is_advancing_) return;
  if (!reader_.is_empty() || is_half_closed_) {
    boost::asio::post(socket_.get_executor(), keeping([](Connection& self) { self.advance(); }));
  } else {
    wait_readable();
  }
}

void Connection::refuse() {
  const RequestReader::Refusal& refusal = reader_.refusal();
  if (!refusal.path.empty()) {
    if (auto own = pool_->handler.on_refused(refusal.status, refusal.path)) {
      if (is_closed_) return;
      then_ = Then::linger;
      return write(*own);
    }
  }
  refuse(refusal.status, refusal.message, Then::linger);
}

// The client has closed its half within a request, or between two.
void Connection::end_early() {
  if (const std::string path = reader_.unfinished_path(); !path.empty()) {
    if (auto own = pool_->handler.on_refused(400, path)) {
      if (is_closed_) return;
      then_ = Then::end;
      write(*own);
    }
  }
  close();
}

void Connection::refuse(unsigned status, std::string_view message, Then then) {
  HttpResponse response = message_response(status, message);
  then_ = then;
  write(response);
}

void Connection::write(HttpResponse& response) {
  const bool is_request = phase_ == Phase::handler;  // Else there is none that could be answered.
  const ResponseFrame frame{.is_head = is_request && reader_.request().method == "HEAD",
                            .keeps_alive = then_ == Then::next,
                            .version = is_request ? reader_.request().version : 11,
                            .date = pool_->date.at(std::time(nullptr))};
  append_head(out_, response, frame);
  if (has_body(response, frame)) {
    if (response.body.size() <= copied_body_bytes_max) {
      out_ += response.body;
    } else {
      body_ = std::move(response.body);
    }
  }
  if (is_request) reader_.next();
  written();
}

// Sends what is to be sent, and goes where `then_` says once all of it is.
void Connection::written() {
  switch (flush()) {
    case Sent::failed:
      return close();
    case Sent::part:
      enter(Phase::writing);
      return wait_writable();
    case Sent::all:
      break;
  }
  out_.clear();
  if (out_.capacity() > out_bytes_kept) out_ = {};
  body_ = {};
  sent_ = 0;
  switch (then_) {
    case Then::next:
      if (phase_ != Phase::receiving) enter(Phase::idle);
      return;
    case Then::linger:
      return linger();
    // A client that asked for the end sends no more, unless it has done so already.
    case Then::end:
      return reader_.is_empty() ? close() : linger();
  }
}

Connection::Sent Connection::flush() {
  while (sent_ < out_.size() + body_.size()) {
    const std::size_t from_out = std::min(sent_, out_.size());
    const std::size_t from_body = sent_ - from_out;
    iovec parts[2] = {{out_.data() + from_out, out_.size() - from_out},
                      {body_.data() + from_body, body_.size() - from_body}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    const int fd = socket_.native_handle();
    const ssize_t count = body_.empty() ? ::send(fd, parts[0].iov_base, parts[0].iov_len, flags)
                                        : ::sendmsg(fd, &message, flags);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (would_block()) {
      return Sent::part;
    } else if (errno != EINTR) {
      return Sent::failed;
    }
  }
  return Sent::all;
}

// --- The socket ---

Connection::Received Connection::receive() {
  std::size_t total = 0;
  while (total < received_bytes_max) {
    const std::span<char> room = reader_.room();
    if (room.empty()) break;
    const ssize_t count = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (count == 0) return Received::end;
    if (count < 0) {
      if (errno == EINTR) continue;
      if (!would_block()) return Received::reset;
      break;
    }
    reader_.received(static_cast<std::size_t>(count));
    total += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < room.size()) break;  // The socket is empty.
    // A head or chunks are looked at, and limited, before more is taken in.
    if (reader_.advance() != RequestReader::State::incomplete) break;
  }
  return total > 0 ? Received::some : Received::nothing;
}

void Connection::wait_readable() {
  if (is_readable_awaited_ || is_half_closed_) return;
  is_readable_awaited_ = true;
  socket_.async_wait(WatchedFd::wait_read, keeping([](Connection& self) {
                       self.is_readable_awaited_ = false;
                       self.on_readable();
                     }));
}

void Connection::wait_writable() {
  socket_.async_wait(WatchedFd::wait_write, keeping([](Connection& self) { self.on_writable(); }));
}

// Where reading on would not tell: the client has closed its half or has sent more than there is
// room for.
void Connection::wait_reset() {
  if (is_reset_awaited_) return;
  is_reset_awaited_ = true;
  socket_.async_wait(WatchedFd::wait_error, keeping([](Connection& self) {
                       self.is_reset_awaited_ = false;
                       if (self.phase_ == Phase::handler) self.gone();
                     }));
}

void Connection::on_readable() {
  switch (phase_) {
    case Phase::handler:
      return read_ahead();
    case Phase::lingering:
      return discard();
    case Phase::writing:
      return;  // Read on once the response is written.
    case Phase::fresh:
    case Phase::idle:
    case Phase::receiving:
      break;
  }
  switch (receive()) {
    case Received::reset:
      return end_early();
    case Received::end:
      is_half_closed_ = true;
      break;
    case Received::some:
    case Received::nothing:
      break;
  }
  advance();
}

// The client sends although its request is not answered: more requests, the end, or a reset.
void Connection::read_ahead() {
  switch (receive()) {
    case Received::reset:
      return gone();
    case Received::end:
      is_half_closed_ = true;
      wait_reset();
      // Most clients that leave close both halves. Last: the handler may answer from within.
      return pool_->handler.on_gone(exchange_);
    case Received::some:
    case Received::nothing:
      break;
  }
  if (reader_.room().empty()) return wait_reset();
  wait_readable();
}

void Connection::on_writable() {
  if (phase_ != Phase::writing) return;
  enter(Phase::writing);  // The deadline is for a client that takes nothing.
  written();
  if (!is_closed_ && phase_ == Phase::idle) advance();
}

void Connection::gone() {
  const ExchangeId exchange = exchange_;
  RequestHandler& handler = pool_->handler;
  close();
  handler.on_gone(exchange);
}

// --- The end ---

// Closing at once would let the kernel reset the connection if the client has sent more, and the
// client might never see the response.
void Connection::linger() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
  if (is_half_closed_) return close();
  enter(Phase::lingering);
  discard();
}

void Connection::discard() {
  char bytes[16'384];
  for (std::size_t total = 0; total < received_bytes_max;) {
    const ssize_t count = ::recv(socket_.native_handle(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && would_block()) break;
    if (count <= 0 && !(count < 0 && errno == EINTR)) return close();
    total += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    discarded_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (discarded_ > discarded_bytes_max) return close();
  }
  wait_readable();
}

void Connection::on_deadline() {
  if (phase_ != Phase::receiving) return close();
  refuse(408, "Request Timeout", Then::linger);
}

void Connection::close() {
  if (is_closed_) return;
  is_closed_ = true;
  const auto self = shared_from_this();
  pool_->by_phase[static_cast<std::size_t>(phase_)].erase(place_);
  boost::system::error_code ignored;
  socket_.close(ignored);
  std::exchange(pool_, nullptr)->on_closed(*this);
}

}  // namespace smyth::front
