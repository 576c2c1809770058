#pragma once

#include "front/request_reader.h"
#include "front/response_text.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace smyth::front {

class Connection;

// A descriptor that the loop watches. The bytes go over it by plain system calls.
using WatchedFd =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// What a connection waits for. All but `handler` have a deadline.
enum class Phase : unsigned char {
  fresh,      // The first byte of its first request.
  idle,       // The first byte of another one.
  receiving,  // The rest of it.
  handler,    // The response to the request that was handed up.
  writing,    // The client to take the response.
  lingering,  // The client to see a last response and close: what it still sends is thrown away.
};
inline constexpr std::size_t phase_count = 6;

// What the connections of one server share, and who they tell what happens.
struct ConnectionPool {
  ConnectionPool(RequestHandler& request_handler, HttpLimits http_limits)
      : handler(request_handler), limits(std::move(http_limits)) {}

  using List = std::list<std::shared_ptr<Connection>>;

  RequestHandler& handler;
  HttpLimits limits;
  DateText date;
  bool is_draining = false;  // Each response is the last of its connection.

  // All open connections by phase, each list in the order of entering it, so that its head is the
  // next whose deadline passes. The clock counts ticks.
  std::array<List, phase_count> by_phase;
  std::array<std::uint64_t, phase_count> ticks_of{};  // How long each phase may last.
  std::uint64_t tick = 0;

  virtual ExchangeId open_exchange(Connection& connection) = 0;
  virtual void on_closed(Connection& connection) = 0;

 protected:
  ~ConnectionPool() = default;
};

// One client: reads a request, hands it up, writes the response, reads the next.
//
// It is alive while it stands in one of the pool's lists (it then owns a socket), and as an empty
// shell as long as the loop still holds one of its waits.
//
// A client that leaves is told to the handler. One that closes its sending half (`nc` does after
// its input) looks the same, so after an end of file it still gets its answers.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionPool& pool, WatchedFd socket, std::uint32_t id);

  // Takes its place in the pool's lists and reads.
  void start(std::string source_ip, std::uint16_t source_port);

  // The response to the request that was handed up. Calls no handler: a pipelined request that
  // waits is handed up from the loop.
  void respond(HttpResponse response);

  void on_deadline();
  void close();

  std::uint32_t id() const { return id_; }
  std::uint64_t deadline_tick() const { return deadline_tick_; }
  // Nothing of a request is there.
  bool is_idle() const { return phase_ == Phase::fresh || phase_ == Phase::idle; }
  bool waits_for_handler() const { return phase_ == Phase::handler && !is_closed_; }

 private:
  enum class Received : unsigned char { some, nothing, end, reset };
  enum class Sent : unsigned char { all, part, failed };
  // What happens when the response is written.
  enum class Then : unsigned char { next, end, linger };

  void enter(Phase phase);
  void advance();
  bool advance_once();
  void refuse();
  void end_early();
  void refuse(unsigned status, std::string_view message, Then then);
  void write(HttpResponse& response);
  void written();
  Sent flush();

  Received receive();
  void wait_readable();
  void wait_writable();
  void wait_reset();
  void on_readable();
  void on_writable();
  void read_ahead();
  void discard();
  void gone();
  void linger();

  template <class Function>
  auto keeping(Function function);

  ConnectionPool* pool_;
  WatchedFd socket_;
  const std::uint32_t id_;
  Phase phase_ = Phase::fresh;
  ConnectionPool::List::iterator place_;
  std::uint64_t deadline_tick_ = 0;
  ExchangeId exchange_;

  RequestReader reader_;
  std::string source_ip_;
  std::uint16_t source_port_ = 0;

  std::string out_;   // Head and small bodies,
  std::string body_;  // and a large body behind it.
  std::size_t sent_ = 0;
  std::size_t discarded_ = 0;
  Then then_ = Then::next;

  bool is_closed_ = false;
  bool is_advancing_ = false;  // In advance(), further up the stack.
  bool is_readable_awaited_ = false;
  bool is_reset_awaited_ = false;
  bool is_half_closed_ = false;  // The client sends no more.
};

}  // namespace smyth::front
