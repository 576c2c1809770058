#include "front/response_text.h"

#include "front/ascii.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace smyth::front {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a teapot";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 424:
      return "Failed Dependency";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

bool can_be_sent(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const auto& field) {
    return !field.first.empty() && token_chars.contains_all(field.first) &&
           value_chars.contains_all(field.second);
  });
}

// Whether the header speaks of the connection, which is the server's alone.
bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 7:
      return equals_ignoring_case(name, "upgrade") || equals_ignoring_case(name, "trailer");
    case 10:
      return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
    case 14:
      return equals_ignoring_case(name, "content-length");
    case 16:
      return equals_ignoring_case(name, "proxy-connection");
    case 17:
      return equals_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
  out.append(digits, end.ptr);
}

bool may_have_body(unsigned status) { return status != 204 && status != 304; }

}  // namespace

std::string_view DateText::at(std::time_t second) {
  if (second != second_) {
    static constexpr std::string_view days = "SunMonTueWedThuFriSat";
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    second_ = second;
    std::tm utc{};
    ::gmtime_r(&second, &utc);
    // By hand since strftime() speaks the locale's language.
    size_ = std::strftime(text_, sizeof text_, "xxx, %d xxx %Y %H:%M:%S GMT", &utc);
    days.copy(text_, 3, static_cast<std::size_t>(utc.tm_wday) * 3);
    months.copy(text_ + 8, 3, static_cast<std::size_t>(utc.tm_mon) * 3);
  }
  return {text_, size_};
}

void append_head(std::string& out, HttpResponse& response, const ResponseFrame& frame) {
  if (!can_be_sent(response)) response = message_response(500, "Internal Server Error");
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  bool has_date = false;
  for (const auto& [name, value] : response.headers) {
    if (is_hop_by_hop(name)) continue;
    if (name.size() == 4 && equals_ignoring_case(name, "date")) has_date = true;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!has_date) {
    out += "Date: ";
    out += frame.date;
    out += "\r\n";
  }
  if (may_have_body(response.status)) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (!frame.keeps_alive) {
    out += "Connection: close\r\n";
  } else if (frame.version < 11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

bool has_body(const HttpResponse& response, const ResponseFrame& frame) {
  return !frame.is_head && may_have_body(response.status) && !response.body.empty();
}

HttpResponse message_response(unsigned status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body.append(R"({"message":")").append(message).append("\"}");
  return response;
}

}  // namespace smyth::front
