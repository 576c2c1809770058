// Bytes that a client sends. First byte: how they are cut into pieces. They go through the reader,
// which must read the same whatever the pieces, and over a connection to a server whose
// handler echoes: each request must get one response, in order and well-formed, and the connection
// must come to its end.
#include "base/check.h"
#include "base/unique_fd.h"
#include "front/http_server.h"
#include "front/request_reader.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace smyth;
using namespace smyth::front;

namespace {

HttpLimits small_limits() {
  return {.header_bytes_max = 600, .invoke_header_bytes_max = 900, .body_bytes_max = 2'000};
}

// All that the reader makes of the bytes.
std::string read(std::string_view bytes, std::size_t piece) {
  const HttpLimits limits = small_limits();
  RequestReader reader(limits);
  std::string text;
  while (!bytes.empty()) {
    const std::span<char> room = reader.room();
    SMYTH_CHECK(!room.empty());
    const std::size_t count = std::min({piece, room.size(), bytes.size()});
    std::memcpy(room.data(), bytes.data(), count);
    reader.received(count);
    bytes.remove_prefix(count);
    RequestReader::State state;
    while ((state = reader.advance()) == RequestReader::State::whole) {
      const HttpRequest& request = reader.request();
      SMYTH_CHECK(!request.method.empty() && !request.target.empty());
      SMYTH_CHECK(request.path.starts_with('/'));
      SMYTH_CHECK(request.body.size() <= limits.body_bytes_max);
      text.append(request.method).append(" ").append(request.target).append("\n");
      for (const HeaderField& field : request.headers) {
        SMYTH_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) ==
                    std::string_view::npos);
        text.append(field.name).append(":").append(field.value).append("\n");
      }
      text.append(request.body).append(reader.keeps_alive() ? "\nkeep\n" : "\nclose\n");
      reader.next();
    }
    if (state == RequestReader::State::refused) {
      return text + std::to_string(reader.refusal().status);
    }
  }
  return text;
}

class Echo final : public RequestHandler {
 public:
  Echo() : server_(loop_, *this, small_limits()) {}

  // What the server answers to the bytes.
  std::string answer(std::string_view bytes, std::size_t piece);
  // Whether each of the requests handed up was HEAD.
  std::vector<bool> heads;

 private:
  void on_request(ExchangeId exchange, const HttpRequest& request) override {
    heads.push_back(request.method == "HEAD");
    // The user's part of a response is hostile, too.
    HttpResponse response{
        200, {{"X-Target", std::string(request.target)}}, std::string(request.body)};
    if (!request.body.empty()) response.headers.emplace_back("X-Body", std::string(request.body));
    if (request.query == "later") {
      later_.emplace_back(exchange, std::move(response));
    } else {
      server_.respond(exchange, std::move(response));
    }
  }
  void on_gone(ExchangeId) override {}

  void turn() {
    loop_.restart();
    loop_.poll();
    for (auto& [exchange, response] : std::exchange(later_, {})) {
      server_.respond(exchange, std::move(response));
    }
  }

  boost::asio::io_context loop_{1};
  HttpServer server_;
  std::vector<std::pair<ExchangeId, HttpResponse>> later_;
};

std::string Echo::answer(std::string_view bytes, std::size_t piece) {
  heads.clear();
  // A pair, not TCP: no port waits behind a closed one, of which the kernel has few.
  int ends[2];
  SMYTH_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd fd(ends[0]);
  server_.serve(UniqueFd(ends[1]), "127.0.0.1", 1);
  while (!bytes.empty()) {
    const std::size_t count = std::min(piece, bytes.size());
    if (::send(fd.get(), bytes.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
    bytes.remove_prefix(count);
    turn();
  }
  ::shutdown(fd.get(), SHUT_WR);
  std::string text;
  for (int turns = 0; turns < 100'000; ++turns) {
    turn();
    char buffer[4'096];
    const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN)) return text;
  }
  check_failed("the connection comes to its end", __FILE__, __LINE__);
}

// Takes one response away; its status.
unsigned take_response(std::string_view& text, bool is_head) {
  SMYTH_CHECK(text.starts_with("HTTP/1.1 "));
  unsigned status = 0;
  std::from_chars(text.data() + 9, text.data() + 12, status);
  const std::size_t end = text.find("\r\n\r\n");
  SMYTH_CHECK(end != std::string_view::npos);
  const std::string_view head = text.substr(0, end + 2);
  for (std::size_t i = 0; i < head.size(); ++i) {
    SMYTH_CHECK(head[i] != '\0' && (head[i] != '\n' || head[i - 1] == '\r'));
  }
  std::size_t size = end + 4;
  constexpr std::string_view length = "\r\nContent-Length: ";
  if (const std::size_t at = head.find(length); at != std::string_view::npos && !is_head) {
    std::size_t body = 0;
    std::from_chars(head.data() + at + length.size(), head.data() + head.size(), body);
    size += body;
  }
  SMYTH_CHECK(size <= text.size());
  text.remove_prefix(size);
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] % 64 + 1;
  SMYTH_CHECK(read(bytes, piece) == read(bytes, bytes.size()));

  static Echo echo;
  const std::string answer = echo.answer(bytes, std::max(piece, bytes.size() / 8));
  std::string_view rest = answer;
  for (const bool is_head : echo.heads) {
    unsigned status;
    while ((status = take_response(rest, is_head)) == 100) {
    }
    SMYTH_CHECK(status == 200 || status == 500);
  }
  while (rest.starts_with("HTTP/1.1 100 ")) take_response(rest, false);
  if (!rest.empty()) SMYTH_CHECK(take_response(rest, false) >= 400);
  SMYTH_CHECK(rest.empty());
  return 0;
}
