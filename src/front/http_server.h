#pragma once

#include "base/result.h"
#include "base/time.h"
#include "base/unique_fd.h"
#include "front/http.h"

#include <cstdint>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace smyth::front {

struct HttpLimits {
  std::size_t header_bytes_max = 10'240;            // Request line and headers, else 431.
  std::size_t invoke_header_bytes_max = 1'048'576;  // The same for paths below invoke_path.
  std::size_t body_bytes_max = 10'485'760;          // Else 413 and the connection is closed.
  std::string invoke_path = "/2015-03-31/functions/";
  std::size_t connection_count_max = 4'096;              // Then an idle one makes room.
  Duration request_deadline = std::chrono::seconds(30);  // From its first byte until it is whole.
  Duration idle_deadline = std::chrono::seconds(75);     // Between requests of a kept connection.
  Duration write_deadline = std::chrono::seconds(30);    // For a client that does not read.
  Duration recent_use{};                                 // Who was idle for less makes no room.
};

// HTTP/1.1 over TCP: keep-alive, pipelining (answers in order, one request handed up at a time),
// Expect: 100-continue, chunked requests, HEAD. Errors of the protocol are answered here; every
// whole request goes to the handler. Single-threaded: all calls on the loop's thread.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& loop, RequestHandler& handler, HttpLimits limits = {});
  ~HttpServer();

  // Binds and listens; the port that was bound (of use with port 0).
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

  // One more client, on a connected stream socket that does not block.
  void serve(UniqueFd socket, std::string source_ip, std::uint16_t source_port);

  // Calls no handler: a pipelined request that waits is handed up from the loop.
  void respond(ExchangeId exchange, HttpResponse response);

  void stop_accepting();  // Kept connections without a request in flight are closed.
  void close();           // Everything, at once.
  std::size_t connection_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smyth::front
