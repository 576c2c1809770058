#include "front/http_server.h"

#include "front/connection.h"
#include "front/listen.h"

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

namespace smyth::front {
namespace {

constexpr Duration linger_deadline = std::chrono::seconds(2);
constexpr Duration tick_max = std::chrono::seconds(1);
constexpr Duration tick_min = std::chrono::milliseconds(5);
constexpr Duration accept_pause =
    std::chrono::milliseconds(100);  // Where descriptors have run out.
constexpr int accepts_per_turn_max = 64;

using boost::system::error_code;

struct Peer {
  std::string ip;
  std::uint16_t port = 0;
};

Peer peer_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text, sizeof text);
    return {text, ntohs(ipv4.sin_port)};
  }
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
    ::inet_ntop(AF_INET, ipv6.sin6_addr.s6_addr + 12, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text, sizeof text);
  }
  return {text, ntohs(ipv6.sin6_port)};
}

bool is_out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

// Accepts, and owns what the connections share. One coarse timer ticks while there are connections
// and serves all their deadlines.
//
// At connection_count_max, and where descriptors have run out, the connection that has been idle
// for longest makes room, one that never had a request first; if none is idle, or only those whose
// use is recent, nothing is accepted until that changes (clients wait in the kernel's queue) or,
// without descriptors, for a short pause.
class HttpServer::Impl final : public ConnectionPool {
 public:
  Impl(boost::asio::io_context& loop, RequestHandler& request_handler, HttpLimits http_limits);
  ~Impl() { close(); }

  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  void serve(UniqueFd socket, std::string source_ip, std::uint16_t source_port);
  void respond(ExchangeId exchange, HttpResponse response);
  void stop_accepting();
  void close();
  std::size_t connection_count() const { return connection_count_; }

 private:
  // A place for a connection; its number is part of the ids of the exchanges.
  struct Slot {
    Connection* connection = nullptr;
    std::uint32_t generation = 0;
  };

  ExchangeId open_exchange(Connection& connection) override;
  void on_closed(Connection& connection) override;

  void wait_acceptable(std::size_t listener);
  void accept(std::size_t listener);
  List& in(Phase phase) { return by_phase[static_cast<std::size_t>(phase)]; }
  Connection* idle();
  bool make_room();
  void pause_accepting(std::size_t listener);
  void resume_accepting();
  void start_ticking();
  void on_tick();
  static void close_all(List& connections);

  // What the loop calls: nothing if the server is gone by then.
  template <class Function>
  auto while_alive(Function function) {
    return [alive = std::weak_ptr<bool>(alive_), function](error_code error) {
      if (!error && !alive.expired()) function();
    };
  }

  boost::asio::io_context& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Owned here alone.
  std::vector<WatchedFd> listeners_;
  std::vector<std::size_t> paused_;  // Listeners that wait for a connection to make room.
  boost::asio::steady_timer accept_timer_;
  boost::asio::steady_timer tick_timer_;
  Duration tick_length_{};
  bool is_ticking_ = false;
  std::uint64_t recent_ticks_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t connection_count_ = 0;
};

HttpServer::Impl::Impl(boost::asio::io_context& loop, RequestHandler& request_handler,
                       HttpLimits http_limits)
    : ConnectionPool(request_handler, std::move(http_limits)),
      loop_(loop),
      accept_timer_(loop),
      tick_timer_(loop) {
  const Duration shortest =
      std::min({limits.request_deadline, limits.idle_deadline, limits.write_deadline});
  tick_length_ = std::clamp(shortest / 8, tick_min, tick_max);
  const auto ticks = [&](Duration length) {
    return static_cast<std::uint64_t>(length / tick_length_) + 1;
  };
  const auto set = [&](Phase phase, std::uint64_t count) {
    ticks_of[static_cast<std::size_t>(phase)] = count;
  };
  set(Phase::fresh, ticks(limits.idle_deadline));
  set(Phase::idle, ticks(limits.idle_deadline));
  set(Phase::receiving, ticks(limits.request_deadline));
  set(Phase::handler, 0);
  set(Phase::writing, ticks(limits.write_deadline));
  set(Phase::lingering, ticks(linger_deadline));
  if (limits.recent_use > Duration::zero()) recent_ticks_ = ticks(limits.recent_use);
}

// --- Accepting ---

Result<std::uint16_t> HttpServer::Impl::listen(const std::string& host, std::uint16_t port) {
  auto listening = listen_on(host, port);
  if (!listening) return std::unexpected(std::move(listening.error()));
  for (UniqueFd& fd : listening->sockets) {
    listeners_.emplace_back(loop_, fd.release());
    wait_acceptable(listeners_.size() - 1);
  }
  return listening->port;
}

void HttpServer::Impl::wait_acceptable(std::size_t listener) {
  listeners_[listener].async_wait(WatchedFd::wait_read, while_alive([this, listener] {
                                    if (listener < listeners_.size()) accept(listener);
                                  }));
}

void HttpServer::Impl::accept(std::size_t listener) {
  for (int turn = 0; turn < accepts_per_turn_max; ++turn) {
    const bool is_full = connection_count_ >= limits.connection_count_max;
    if (is_full && idle() == nullptr) return paused_.push_back(listener);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    UniqueFd fd(::accept4(listeners_[listener].native_handle(),
                          reinterpret_cast<sockaddr*>(&address), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      if (is_full) make_room();
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Peer peer = peer_of(address);
      serve(std::move(fd), std::move(peer.ip), peer.port);
      if (listeners_.empty()) return;  // The handler has stopped the server.
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (is_out_of_descriptors(errno)) {
      // The kernel says so even if nobody waits; only the first time somebody surely does.
      if (turn > 0) break;
      if (!make_room()) return pause_accepting(listener);
    }
    // Other errors are of one client that has gone already.
  }
  wait_acceptable(listener);
}

// The connection that is missed least. One that was used will be used again.
Connection* HttpServer::Impl::idle() {
  const List& fresh = in(Phase::fresh);
  if (!fresh.empty()) return fresh.front().get();
  const List& used = in(Phase::idle);
  if (used.empty()) return nullptr;
  const std::uint64_t used_at =
      used.front()->deadline_tick() - ticks_of[static_cast<std::size_t>(Phase::idle)];
  return tick >= used_at + recent_ticks_ ? used.front().get() : nullptr;
}

bool HttpServer::Impl::make_room() {
  Connection* const least = idle();
  if (least != nullptr) least->close();
  return least != nullptr;
}

void HttpServer::Impl::pause_accepting(std::size_t listener) {
  paused_.push_back(listener);
  accept_timer_.expires_after(accept_pause);
  accept_timer_.async_wait(while_alive([this] { resume_accepting(); }));
}

void HttpServer::Impl::resume_accepting() {
  for (const std::size_t listener : std::exchange(paused_, {})) wait_acceptable(listener);
}

void HttpServer::Impl::serve(UniqueFd fd, std::string source_ip, std::uint16_t source_port) {
  WatchedFd socket(loop_);
  error_code error;
  socket.assign(fd.get(), error);
  if (error) return;  // The kernel watches no more.
  fd.release();
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t id = free_slots_.back();
  free_slots_.pop_back();
  // Owned by the pool's list and by the waits that the loop holds.
  const auto connection = std::make_shared<Connection>(*this, std::move(socket), id);
  slots_[id].connection = connection.get();
  ++connection_count_;
  start_ticking();
  connection->start(std::move(source_ip), source_port);
}

// --- Exchanges ---

ExchangeId HttpServer::Impl::open_exchange(Connection& connection) {
  return {connection.id(), ++slots_[connection.id()].generation};
}

void HttpServer::Impl::respond(ExchangeId exchange, HttpResponse response) {
  if (exchange.connection >= slots_.size()) return;
  const Slot& slot = slots_[exchange.connection];
  if (slot.connection == nullptr || slot.generation != exchange.generation) return;
  if (slot.connection->waits_for_handler()) slot.connection->respond(std::move(response));
}

void HttpServer::Impl::on_closed(Connection& connection) {
  slots_[connection.id()].connection = nullptr;
  free_slots_.push_back(connection.id());
  --connection_count_;
  if (!paused_.empty()) resume_accepting();
}

// --- Deadlines ---

void HttpServer::Impl::start_ticking() {
  if (std::exchange(is_ticking_, true)) return;
  tick_timer_.expires_after(tick_length_);
  tick_timer_.async_wait(while_alive([this] { on_tick(); }));
}

void HttpServer::Impl::on_tick() {
  is_ticking_ = false;
  ++tick;
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    if (static_cast<Phase>(phase) == Phase::handler) continue;
    while (!by_phase[phase].empty() && by_phase[phase].front()->deadline_tick() < tick) {
      by_phase[phase].front()->on_deadline();
    }
  }
  resume_accepting();  // What was used recently may no longer be.
  if (connection_count_ > 0) start_ticking();
}

// --- The end ---

void HttpServer::Impl::close_all(List& connections) {
  while (!connections.empty()) connections.front()->close();
}

void HttpServer::Impl::stop_accepting() {
  is_draining = true;
  listeners_.clear();
  paused_.clear();
  accept_timer_.cancel();
  close_all(in(Phase::fresh));
  close_all(in(Phase::idle));
}

void HttpServer::Impl::close() {
  stop_accepting();
  for (List& connections : by_phase) close_all(connections);
}

HttpServer::HttpServer(boost::asio::io_context& loop, RequestHandler& handler, HttpLimits limits)
    : impl_(std::make_unique<Impl>(loop, handler, std::move(limits))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& host, std::uint16_t port) {
  return impl_->listen(host, port);
}
void HttpServer::serve(UniqueFd socket, std::string source_ip, std::uint16_t source_port) {
  impl_->serve(std::move(socket), std::move(source_ip), source_port);
}
void HttpServer::respond(ExchangeId exchange, HttpResponse response) {
  impl_->respond(exchange, std::move(response));
}
void HttpServer::stop_accepting() { impl_->stop_accepting(); }
void HttpServer::close() { impl_->close(); }
std::size_t HttpServer::connection_count() const { return impl_->connection_count(); }

}  // namespace smyth::front
