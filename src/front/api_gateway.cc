#include "front/api_gateway.h"

#include "front/ascii.h"
#include "front/base64.h"
#include "front/json_text.h"

#include <boost/container/small_vector.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace smyth::front {
namespace {

// --- Fields that may be repeated -----------------------------------------------------------------

// A header or query value. `key` tells most different names apart.
struct Field {
  std::string_view name;
  std::string_view value;
  std::uint32_t key;
};

// Room enough for what is usual, so that nothing is allocated.
using Fields = boost::container::small_vector<Field, 32>;

constexpr std::uint32_t done = 0x8000'0000;  // The key of a field that has been joined to another.

std::uint32_t key_of(std::string_view name) {
  if (name.empty()) return 0;
  const auto letter = [name](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(to_lower(name[at])));
  };
  return (static_cast<std::uint32_t>(name.size()) << 24 | letter(0) << 16 |
          letter(name.size() / 2) << 8 | letter(name.size() - 1)) &
         ~done;
}

// Appends `"name":"value"` for each name, in order of first appearance, the values of a repeated
// one joined with commas.
template <class Same, class AppendName, class AppendValue>
void append_joined(std::string& out, Fields& fields, Same same, AppendName append_name,
                   AppendValue append_value) {
  bool is_first = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.key == done) continue;
    if (!is_first) out += ',';
    is_first = false;
    out += '"';
    append_name(field.name);
    out += "\":\"";
    append_value(field.value);
    for (std::size_t j = i + 1; j < fields.size(); ++j) {
      if (fields[j].key != field.key || !same(fields[j].name, field.name)) continue;
      out += ',';
      append_value(fields[j].value);
      fields[j].key = done;
    }
    out += '"';
  }
}

// --- Headers -------------------------------------------------------------------------------------

// The headers that the gateway itself reads, replaces or leaves out.
struct Known {
  std::string_view host;
  std::string_view user_agent;
  std::string_view content_type;
  std::string_view trace_id;
  bool has_cookies = false;
};

enum class Use : unsigned char {
  pass,
  cookie,         // Becomes `cookies`.
  connection,     // Is between the client and the gateway alone (RFC 9110, 7.6.1): left out.
  forwarded_for,  // Gets the client's address appended.
  replaced,       // The gateway writes its own.
};

// What becomes of a header; notes the values that the event needs elsewhere, too.
Use use_of(const HeaderField& field, Known& known) {
  const auto is = [&field](std::string_view name) {
    return equals_ignoring_case(field.name, name);
  };
  const auto note = [&field](std::string_view& value) {
    if (value.empty()) value = field.value;
  };
  switch (field.name.size()) {
    case 2:
      return is("te") ? Use::connection : Use::pass;
    case 4:
      if (is("host")) note(known.host);
      return Use::pass;
    case 6:
      if (is("expect")) return Use::connection;
      return is("cookie") ? Use::cookie : Use::pass;
    case 7:
      return is("upgrade") || is("trailer") ? Use::connection : Use::pass;
    case 10:
      if (is("user-agent")) note(known.user_agent);
      return is("connection") || is("keep-alive") ? Use::connection : Use::pass;
    case 12:
      if (is("content-type")) note(known.content_type);
      return Use::pass;
    case 14:
      return is("content-length") ? Use::replaced : Use::pass;
    case 15:
      if (is("x-forwarded-for")) return Use::forwarded_for;
      if (!is("x-amzn-trace-id")) return Use::pass;
      note(known.trace_id);
      return Use::replaced;
    case 16:
      if (is("proxy-connection")) return Use::connection;
      return is("x-forwarded-port") ? Use::replaced : Use::pass;
    case 17:
      if (is("transfer-encoding")) return Use::connection;
      return is("x-forwarded-proto") ? Use::replaced : Use::pass;
    default:
      return Use::pass;
  }
}

void append_lower(std::string& out, std::string_view name) {
  std::array<char, 64> letters;
  for (; name.size() > letters.size(); name.remove_prefix(letters.size())) {
    std::transform(name.begin(), name.begin() + letters.size(), letters.begin(), to_lower);
    append_json_text(out, {letters.data(), letters.size()});
  }
  std::ranges::transform(name, letters.begin(), to_lower);
  append_json_text(out, {letters.data(), name.size()});
}

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

void append_headers(std::string& out, const HttpRequest& request, const EventContext& context,
                    const Fields& forwarded_for, Fields& passed, std::string_view trace_id) {
  out += R"(,"headers":{)";
  append_joined(
      out, passed, equals_ignoring_case, [&out](std::string_view name) { append_lower(out, name); },
      [&out](std::string_view value) { append_json_text(out, value); });
  out += passed.empty() ? R"("content-length":")" : R"(,"content-length":")";
  append_number(out, request.body.size());
  out += R"(","x-amzn-trace-id":")";
  if (trace_id.empty()) {
    append_json_text(out, make_trace_id(context.request_id, context.time_unix_ms));
  } else {
    append_json_text(out, trace_id);
  }
  out += R"(","x-forwarded-for":")";
  for (const Field& field : forwarded_for) {
    append_json_text(out, field.value);
    out += ", ";
  }
  append_json_text(out, request.source_ip);
  out += R"(","x-forwarded-port":")";
  append_number(out, context.server_port);
  out += R"(","x-forwarded-proto":"http"})";
}

void append_cookies(std::string& out, std::span<const HeaderField> headers) {
  std::string_view before = R"(,"cookies":[)";
  for (const HeaderField& field : headers) {
    if (field.name.size() != 6 || !equals_ignoring_case(field.name, "cookie")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t size = std::min(rest.find(';'), rest.size());
      if (size > 0) {
        out += before;
        append_json_string(out, rest.substr(0, size));
        before = ",";
      }
      rest.remove_prefix(std::min(size + 1, rest.size()));
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    }
  }
  if (before == ",") out += ']';
}

// --- Path, query, body ---------------------------------------------------------------------------

// The path as HTTP API gives it: decoded, and cut at a `?` that comes to light.
void append_path(std::string& out, std::string_view path) {
  if (path.find('%') == std::string_view::npos) return append_json_text(out, path);
  const std::string decoded = percent_decode(path);
  append_json_text(out, std::string_view(decoded).substr(0, decoded.find('?')));
}

bool is_encoded(std::string_view text) {
  return text.find('%') != std::string_view::npos || text.find('+') != std::string_view::npos;
}

void append_query_parameters(std::string& out, std::string_view query) {
  Fields fields;
  std::string decoded_names;  // Of those that are not plain text.
  for (std::string_view rest = query; !rest.empty();) {
    const std::size_t size = std::min(rest.find('&'), rest.size());
    const std::string_view piece = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    if (piece.empty()) continue;
    const std::size_t name_size = std::min(piece.find('='), piece.size());
    std::string_view name = piece.substr(0, name_size);
    if (is_encoded(name) || !is_utf8(name)) {
      decoded_names.reserve(3 * query.size());  // Never grows: the views stay good.
      const std::size_t before = decoded_names.size();
      append_utf8(decoded_names, percent_decode(name, PlusIs::blank));
      name = std::string_view(decoded_names).substr(before);
    }
    fields.push_back({name, piece.substr(std::min(name_size + 1, piece.size())), key_of(name)});
  }
  if (fields.empty()) return;
  out += R"(,"queryStringParameters":{)";
  append_joined(
      out, fields, [](std::string_view a, std::string_view b) { return a == b; },
      [&out](std::string_view name) { append_json_text(out, name); },
      [&out](std::string_view value) {
        append_json_text(out, is_encoded(value) ? percent_decode(value, PlusIs::blank) : value);
      });
  out += '}';
}

void append_path_parameters(std::string& out, const PathParams& params) {
  std::string_view before = R"(,"pathParameters":{)";
  for (const auto& [name, value] : params) {
    out += before;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    before = ",";
  }
  if (!params.empty()) out += '}';
}

// The types whose bodies HTTP API passes as text; forms and untyped bodies are not among them.
bool is_text_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.starts_with(' ') || content_type.starts_with('\t'))
    content_type.remove_prefix(1);
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  return equals_ignoring_case(content_type.substr(0, 5), "text/") ||
         equals_ignoring_case(content_type, "application/json") ||
         equals_ignoring_case(content_type, "application/xml") ||
         equals_ignoring_case(content_type, "application/javascript");
}

void append_body(std::string& out, std::string_view body, std::string_view content_type) {
  if (body.empty()) {
    out += R"(,"isBase64Encoded":false})";
  } else if (is_text_type(content_type) && is_utf8(body)) {
    out += R"(,"body":")";
    append_json_text(out, body);
    out += R"(","isBase64Encoded":false})";
  } else {
    out += R"(,"body":")";
    append_base64(out, body);
    out += R"(","isBase64Encoded":true})";
  }
}

// --- Request context -----------------------------------------------------------------------------

// The first label of the host, without a port; an IPv6 address as a whole.
std::string_view domain_prefix(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find_first_of(".:"));
}

// "24/Nov/2026:21:30:00 +0000"
void append_time(std::string& out, std::int64_t unix_ms) {
  using namespace std::chrono;
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const sys_seconds second(floor<seconds>(milliseconds(unix_ms)));
  const sys_days day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss clock(second - day);
  const auto two = [&out](auto number) {
    const auto value = static_cast<unsigned>(number);
    const char digits[] = {static_cast<char>('0' + value / 10 % 10),
                           static_cast<char>('0' + value % 10)};
    out.append(digits, sizeof digits);
  };
  two(static_cast<unsigned>(date.day()));
  out += '/';
  const std::size_t month = static_cast<unsigned>(date.month()) - 1;
  out += months.substr(month * 3, 3);
  out += '/';
  const auto year = static_cast<int>(date.year());
  two(year / 100);
  two(year % 100);
  out += ':';
  two(clock.hours().count());
  out += ':';
  two(clock.minutes().count());
  out += ':';
  two(clock.seconds().count());
  out += " +0000";
}

struct Span {
  std::size_t at;
  std::size_t size;
};

void append_request_context(std::string& out, const HttpRequest& request,
                            const EventContext& context, const Known& known, Span path) {
  out += R"(,"requestContext":{"accountId":"123456789012","apiId":"smyth","domainName":")";
  append_json_text(out, known.host);
  out += R"(","domainPrefix":")";
  append_json_text(out, domain_prefix(known.host));
  out += R"(","http":{"method":")";
  append_json_text(out, request.method);
  out += R"(","path":")";
  out.append(out, path.at, path.size);
  out += request.version == 10 ? R"(","protocol":"HTTP/1.0","sourceIp":")"
                               : R"(","protocol":"HTTP/1.1","sourceIp":")";
  append_json_text(out, request.source_ip);
  out += R"(","userAgent":")";
  append_json_text(out, known.user_agent);
  out += R"("},"requestId":")";
  append_json_text(out, context.request_id);
  out += R"(","routeKey":")";
  append_json_text(out, context.route_key);
  out += R"(","stage":"$default","time":")";
  append_time(out, context.time_unix_ms);
  out += R"(","timeEpoch":)";
  out += fmt::format_int(context.time_unix_ms).c_str();
  out += '}';
}

}  // namespace

std::string make_trace_id(std::string_view request_id, std::int64_t time_unix_ms) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string id = "Root=1-00000000-000000000000000000000000";
  auto seconds = static_cast<std::uint32_t>(time_unix_ms / 1000);
  for (std::size_t at = 14; at >= 7; --at, seconds >>= 4) id[at] = hex[seconds & 15];
  std::size_t at = id.size();
  for (std::size_t from = request_id.size(); from > 0 && at > 16;) {
    if (const char digit = request_id[--from]; digit != '-') id[--at] = digit;
  }
  return id;
}

void append_event(std::string& out, const HttpRequest& request, const EventContext& context) {
  Known known;
  Fields passed;
  Fields forwarded_for;
  std::size_t header_bytes = 0;
  for (const HeaderField& field : request.headers) {
    header_bytes += field.name.size() + field.value.size() + 6;
    switch (use_of(field, known)) {
      case Use::pass:
        passed.push_back({field.name, field.value, key_of(field.name)});
        break;
      case Use::forwarded_for:
        forwarded_for.push_back({field.name, field.value, 0});
        break;
      case Use::cookie:
        known.has_cookies = true;
        break;
      case Use::connection:
      case Use::replaced:
        break;
    }
  }
  // What an ordinary request needs; unusual ones let the buffer grow.
  out.reserve(out.size() + 1'024 + 3 * request.target.size() + header_bytes + request.body.size());

  out += R"({"version":"2.0","routeKey":")";
  append_json_text(out, context.route_key);
  out += R"(","rawPath":")";
  const std::size_t path_at = out.size();
  append_path(out, request.path);
  const Span path{path_at, out.size() - path_at};
  out += R"(","rawQueryString":")";
  append_json_text(out, request.query);
  out += '"';
  if (known.has_cookies) append_cookies(out, request.headers);
  append_headers(out, request, context, forwarded_for, passed,
                 context.trace_id.empty() ? known.trace_id : context.trace_id);
  if (!request.query.empty()) append_query_parameters(out, request.query);
  append_request_context(out, request, context, known, path);
  if (context.path_params) append_path_parameters(out, *context.path_params);
  append_body(out, request.body, known.content_type);
}

}  // namespace smyth::front
