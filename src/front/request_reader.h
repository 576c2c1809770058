#pragma once

#include "front/chunk_decoder.h"
#include "front/http.h"
#include "front/http_server.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::front {

// Cuts the bytes that come over one connection into requests, in place: a request's views point
// into the buffer that the bytes were received into. It does no I/O.
//
//   reader.received(recv(fd, reader.room()));
//   while (reader.advance() == RequestReader::State::whole) {
//     handle(reader.request());
//     reader.next();
//   }
//
// It takes what RFC 9112 says a server must take and refuses what can be read in two ways: bare
// line feeds, folded lines, blanks before the colon, more than one Content-Length, Content-Length
// beside Transfer-Encoding, codings other than `chunked`.
class RequestReader {
 public:
  enum class State : unsigned char {
    incomplete,  // More bytes are needed.
    whole,       // request() stands until next().
    refused,     // refusal() is the answer; nothing more can be read from this connection.
  };

  struct Refusal {
    unsigned status = 400;
    std::string_view message = "Bad Request";
    std::string path;  // Of a request whose body is too large.
  };

  // The limits outlive the reader.
  explicit RequestReader(const HttpLimits& limits);
  ~RequestReader();
  RequestReader(RequestReader&&) = delete;

  // Where to receive the next bytes. While a request is whole its views stand still, so there may
  // be no room; otherwise there always is.
  std::span<char> room();
  void received(std::size_t count) { end_ += count; }

  // Reads on.
  State advance();

  // The whole request. The reader does not know the client's address.
  const HttpRequest& request() const { return request_; }
  HttpRequest& request() { return request_; }
  bool keeps_alive() const { return keeps_alive_; }
  const Refusal& refusal() const { return refusal_; }

  // Whether the client waits for `100 Continue` before it sends the body; true once a request.
  bool take_expectation();

  // The whole request is done with; its views end.
  void next();

  // The path of a request whose head is there and whose body is not whole; empty if there is none.
  std::string unfinished_path() const;

  // No byte of a request is there.
  bool is_empty() const { return begin_ == end_; }

 private:
  class Parser;
  enum class Part : unsigned char { head, sized_body, chunked_body, whole, refused };

  bool find_head_end();
  void skip_empty_lines();
  bool is_head_too_large(std::size_t bytes) const;
  void parse_head();
  bool check_head();
  void parse_chunks();
  void finish();
  State refuse(unsigned status, std::string_view message);
  State bad_request() { return refuse(400, "Bad Request"); }
  void move_to(char* target);

  const HttpLimits& limits_;
  std::unique_ptr<Parser> parser_;

  // Offsets into buffer_: begin_ <= head_end_ <= body_end_ <= parsed_ <= end_ <= capacity_.
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;    // Where the current request begins.
  std::size_t line_ = 0;     // In the head: where the current line begins,
  std::size_t scanned_ = 0;  // and up to where its end was looked for.
  std::size_t head_end_ = 0;
  std::size_t body_end_ = 0;  // Of what is decoded so far.
  std::size_t parsed_ = 0;    // What follows is not read yet.
  std::size_t end_ = 0;       // Of what was received.
  std::size_t wanted_ = 0;    // Size of the whole request if that is known.

  Part part_ = Part::head;
  bool keeps_alive_ = false;
  bool expects_continue_ = false;
  ChunkDecoder chunks_;
  HttpRequest request_;
  std::vector<HeaderField> fields_;
  Refusal refusal_;
};

}  // namespace smyth::front
