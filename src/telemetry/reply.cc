#include "telemetry/reply.h"

#include "front/ascii.h"

#include <charconv>

namespace smyth::telemetry {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find(line_end);
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + line_end.size());
  return line;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Number>
std::optional<Number> number_of(std::string_view digits) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc{} || end != digits.end()) return std::nullopt;
  return number;
}

// "HTTP/1.1 200 OK"
bool read_status(std::string_view line, Reply& to) {
  constexpr std::string_view version = "HTTP/1.";
  if (!line.starts_with(version) || line.size() < version.size() + 5) return false;
  to.keeps_connection = line[version.size()] != '0';
  const auto status = number_of<unsigned>(line.substr(version.size() + 2, 3));
  if (!status || *status < 100 || line[version.size() + 1] != ' ') return false;
  to.status = *status;
  return line.size() == version.size() + 5 || line[version.size() + 5] == ' ';
}

}  // namespace

std::optional<Reply> parse_reply(std::string_view head) {
  Reply reply;
  if (!read_status(take_line(head), reply)) return std::nullopt;
  bool is_coded = false;
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (front::equals_ignoring_case(name, "Content-Length")) {
      reply.body_bytes = number_of<std::size_t>(value);
    } else if (front::equals_ignoring_case(name, "Transfer-Encoding")) {
      is_coded = true;
    } else if (front::equals_ignoring_case(name, "Connection")) {
      if (front::equals_ignoring_case(value, "close")) reply.keeps_connection = false;
    }
  }
  if (is_coded) reply.body_bytes.reset();
  if (reply.status == 204 || reply.status == 304) reply.body_bytes = 0;
  if (!reply.body_bytes || *reply.body_bytes > reply_body_bytes_max) reply.keeps_connection = false;
  return reply;
}

}  // namespace smyth::telemetry
