#pragma once

#include "front/http.h"

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace smyth::front {

// The value of the Date header, made anew once a second.
class DateText {
 public:
  // "Tue, 24 Nov 2026 21:41:43 GMT" for the second since 1970; valid until the next call.
  std::string_view at(std::time_t second);

 private:
  std::time_t second_ = -1;
  char text_[32] = {};
  std::size_t size_ = 0;
};

// What decides how a response is written, beside the response itself.
struct ResponseFrame {
  bool is_head = false;  // The answer to HEAD: all headers, no body.
  bool keeps_alive = true;
  unsigned version = 11;  // Of the request.
  std::string_view date;
};

// Appends the status line and the headers. Content-Length, Connection and Date are the server's;
// what the response says about the connection itself (hop-by-hop headers) is left out. A response
// with a status outside 200 to 599 (the codes that end an exchange) or with a header that cannot be
// sent (its name is no token, its value has a control character, such as CR, LF or NUL) becomes 500
// {"message":"Internal Server Error"}, body and all.
void append_head(std::string& out, HttpResponse& response, const ResponseFrame& frame);

// Whether a body follows the head.
bool has_body(const HttpResponse& response, const ResponseFrame& frame);

// {"message":"..."} as API Gateway writes its own errors.
HttpResponse message_response(unsigned status, std::string_view message);

}  // namespace smyth::front
