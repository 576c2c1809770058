#include "front/request_reader.h"

#include "base/check.h"
#include "front/ascii.h"
#include "front/request_target.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace smyth::front {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using BeastView = boost::beast::string_view;

constexpr std::size_t buffer_bytes_min = 8'192;
constexpr std::size_t buffer_bytes_kept = 65'536;     // A larger one is given back.
constexpr std::size_t room_bytes_min = 1'024;         // Less is not worth a system call.
constexpr std::size_t reserve_bytes_max = 1'048'576;  // What an announced length alone may take.

// Raised where a request is well-formed but not served here.
enum class Refused : int { coding = 1, expectation };

class RefusedCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "smyth.http"; }
  std::string message(int) const override { return "refused"; }
};
const RefusedCategory refused_category;

error_code make_code(Refused refused) { return {static_cast<int>(refused), refused_category}; }

ChunkDecoder::Limits chunk_limits(const HttpLimits& limits) {
  return {.body_bytes_max = limits.body_bytes_max, .line_bytes_max = limits.header_bytes_max};
}

// Whether a request line has three words, the last of which is some version of HTTP.
bool is_of_other_version(std::string_view line) {
  if (line.size() < 9 || std::count(line.begin(), line.end(), ' ') != 2) return false;
  line.remove_prefix(line.size() - 9);
  return line.starts_with(" HTTP/") && is_digit(line[6]) && line[7] == '.' && is_digit(line[8]);
}

}  // namespace

// Beast's parser of heads with the fields kept as views, and stricter. It is shown no body.
class RequestReader::Parser {
 public:
  struct Head {
    std::string_view method;
    std::string_view target;
    unsigned version = 11;
    unsigned host_count = 0;
    bool has_length = false;
    bool has_coding = false;
    bool expects_continue = false;
  };

  // Of a new request whose fields go to `fields`.
  http::basic_parser<true>& begin(std::vector<HeaderField>& fields, const HttpLimits& limits) {
    head = Head{};
    fields.clear();
    Beast& parser = beast_.emplace(head, fields);
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());  // The reader's own counts.
    parser.body_limit(limits.body_bytes_max);
    return parser;
  }

  Head head;

 private:
  class Beast final : public http::basic_parser<true> {
   public:
    Beast(Head& parsed, std::vector<HeaderField>& parsed_fields)
        : head_(parsed), fields_(parsed_fields) {}

   private:
    void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                         error_code&) override {
      head_.method = method;
      head_.target = target;
      head_.version = static_cast<unsigned>(version);
    }

    void on_field_impl(http::field field, BeastView name, BeastView value,
                       error_code& error) override {
      fields_.push_back({name, value});
      switch (field) {
        case http::field::host:
          ++head_.host_count;
          break;
        case http::field::content_length:
          // A list or a repetition of the same number is allowed to be refused, and is safer so.
          if (head_.has_length || value.find(',') != BeastView::npos) {
            error = http::error::multiple_content_length;
          }
          head_.has_length = true;
          break;
        case http::field::transfer_encoding:
          if (!equals_ignoring_case(value, "chunked")) error = make_code(Refused::coding);
          head_.has_coding = true;
          break;
        case http::field::expect:
          if (!equals_ignoring_case(value, "100-continue")) error = make_code(Refused::expectation);
          head_.expects_continue = true;
          break;
        default:
          break;
      }
    }

    void on_header_impl(error_code&) override {}
    void on_response_impl(int, BeastView, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
      return body.size();
    }

    Head& head_;
    std::vector<HeaderField>& fields_;
  };

  std::optional<Beast> beast_;
};

RequestReader::RequestReader(const HttpLimits& limits)
    : limits_(limits), parser_(std::make_unique<Parser>()), chunks_(chunk_limits(limits)) {}

RequestReader::~RequestReader() = default;

// --- The buffer ---

std::span<char> RequestReader::room() {
  if (capacity_ - end_ >= room_bytes_min || part_ == Part::whole) {
    return {buffer_.get() + end_, capacity_ - end_};
  }
  if (begin_ > 0 && begin_ >= capacity_ / 2) {
    move_to(buffer_.get());
  } else if (parsed_ > body_end_ && parsed_ - body_end_ >= capacity_ / 2) {
    // Chunks were decoded: close the gap between the body and what is not read yet.
    std::memmove(buffer_.get() + body_end_, buffer_.get() + parsed_, end_ - parsed_);
    end_ -= parsed_ - body_end_;
    parsed_ = body_end_;
  } else {
    const std::size_t announced = std::min(wanted_, reserve_bytes_max);
    const std::size_t capacity =
        std::max({buffer_bytes_min, capacity_ * 2, announced + room_bytes_min});
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    move_to(larger.get());
    std::swap(buffer_, larger);
    capacity_ = capacity;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

// Moves the current request, as far as it was received, and all views of it.
void RequestReader::move_to(char* target) {
  const char* source = buffer_.get() + begin_;
  const auto moved = [&](std::string_view view) {
    return view.data() == nullptr ? view
                                  : std::string_view(target + (view.data() - source), view.size());
  };
  if (part_ != Part::head) {
    parser_->head.method = moved(parser_->head.method);
    parser_->head.target = moved(parser_->head.target);
    for (HeaderField& field : fields_) field = {moved(field.name), moved(field.value)};
  }
  if (end_ > begin_) std::memmove(target, source, end_ - begin_);
  for (std::size_t* offset : {&line_, &scanned_, &head_end_, &body_end_, &parsed_, &end_}) {
    *offset -= std::min(*offset, begin_);
  }
  begin_ = 0;
}

void RequestReader::next() {
  SMYTH_CHECK(part_ == Part::whole);
  begin_ = line_ = scanned_ = head_end_ = body_end_ = parsed_;
  if (begin_ == end_) begin_ = line_ = scanned_ = head_end_ = body_end_ = parsed_ = end_ = 0;
  wanted_ = 0;
  part_ = Part::head;
  expects_continue_ = false;
  if (end_ == 0 && capacity_ > buffer_bytes_kept) {
    buffer_.reset();
    capacity_ = 0;
    fields_ = {};
  }
}

// --- The head ---

RequestReader::State RequestReader::advance() {
  if (part_ == Part::head && find_head_end()) parse_head();
  if (part_ == Part::sized_body && end_ - begin_ >= wanted_) {
    body_end_ = parsed_ = begin_ + wanted_;
    finish();
  }
  if (part_ == Part::chunked_body) parse_chunks();
  switch (part_) {
    case Part::whole:
      return State::whole;
    case Part::refused:
      return State::refused;
    case Part::head:
    case Part::sized_body:
    case Part::chunked_body:
      return State::incomplete;
  }
  return State::refused;
}

// RFC 9112, 2.2: empty lines before a request are ignored.
void RequestReader::skip_empty_lines() {
  const char* bytes = buffer_.get();
  while (end_ - begin_ >= 2 && bytes[begin_] == '\r' && bytes[begin_ + 1] == '\n') begin_ += 2;
  line_ = scanned_ = head_end_ = body_end_ = parsed_ = begin_;
  if (begin_ == end_) begin_ = line_ = scanned_ = head_end_ = body_end_ = parsed_ = end_ = 0;
}

// Looks for the empty line, and at what each line ends and begins with: a mistake there is answered
// at once, since its head might never end.
bool RequestReader::find_head_end() {
  if (scanned_ == begin_) skip_empty_lines();
  if (is_empty()) return false;
  const char* bytes = buffer_.get();
  const bool is_first_of_crlf = end_ - begin_ == 1 && bytes[begin_] == '\r';
  if (!token_chars.contains(bytes[begin_])) {
    if (!is_first_of_crlf) bad_request();
    return false;
  }
  while (scanned_ < end_) {
    const void* found = std::memchr(bytes + scanned_, '\n', end_ - scanned_);
    if (found == nullptr) break;
    const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes);
    if (is_head_too_large(line_feed + 1 - begin_)) break;
    const bool is_folded = bytes[line_] == ' ' || bytes[line_] == '\t';
    if (line_feed == line_ || bytes[line_feed - 1] != '\r' || is_folded) {
      bad_request();
      return false;
    }
    const bool is_last = line_feed - line_ == 1;
    scanned_ = line_ = line_feed + 1;
    if (is_last) {
      head_end_ = body_end_ = parsed_ = scanned_;
      return true;
    }
  }
  scanned_ = end_;
  if (is_head_too_large(end_ - begin_)) refuse(431, "Request Header Fields Too Large");
  return false;
}

bool RequestReader::is_head_too_large(std::size_t bytes) const {
  if (bytes <= limits_.header_bytes_max) return false;
  // The path must show within the smaller limit, however much has come already.
  std::string_view line(buffer_.get() + begin_, limits_.header_bytes_max);
  line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
  return !line.starts_with(limits_.invoke_path) || bytes > limits_.invoke_header_bytes_max;
}

void RequestReader::parse_head() {
  auto& beast = parser_->begin(fields_, limits_);
  error_code error;
  beast.put(boost::asio::const_buffer(buffer_.get() + begin_, head_end_ - begin_), error);
  if (error == http::error::body_limit) {
    refuse(413, "Request Entity Too Large");
  } else if (error == http::error::bad_version) {
    const std::string_view head(buffer_.get() + begin_, head_end_ - begin_);
    if (!is_of_other_version(head.substr(0, head.find('\r')))) return void(bad_request());
    refuse(505, "HTTP Version Not Supported");
  } else if (error == make_code(Refused::coding)) {
    refuse(501, "Not Implemented");
  } else if (error == make_code(Refused::expectation)) {
    refuse(417, "Expectation Failed");
  } else if (error || !beast.is_header_done() || !check_head()) {
    if (part_ != Part::refused) bad_request();
  } else {
    keeps_alive_ = beast.keep_alive();
    expects_continue_ = parser_->head.expects_continue && parser_->head.version >= 11;
    chunks_ = ChunkDecoder(chunk_limits(limits_));
    part_ = beast.chunked() ? Part::chunked_body : Part::sized_body;
    wanted_ = head_end_ - begin_ + static_cast<std::size_t>(beast.content_length().value_or(0));
  }
}

// What Beast leaves to others.
bool RequestReader::check_head() {
  const Parser::Head& head = parser_->head;
  if (head.has_coding && (head.has_length || head.version < 11)) return false;
  if (head.host_count > 1 || (head.host_count == 0 && head.version >= 11)) return false;
  for (const HeaderField& field : fields_) {
    if (equals_ignoring_case(field.name, "host") && !is_authority(field.value)) return false;
  }
  if (head.method != "CONNECT") return parse_target(head.target).has_value();
  refuse(405, "Method Not Allowed");  // This is no proxy.
  return false;
}

bool RequestReader::take_expectation() {
  const bool is_awaited =
      expects_continue_ && (part_ == Part::sized_body || part_ == Part::chunked_body);
  return std::exchange(expects_continue_, false) && is_awaited;
}

// --- The body ---

void RequestReader::parse_chunks() {
  char* const bytes = buffer_.get();
  const auto result = chunks_.decode(bytes + body_end_, {bytes + parsed_, end_ - parsed_});
  parsed_ += result.consumed;
  body_end_ += result.decoded;
  switch (result.state) {
    case ChunkDecoder::State::incomplete:
      return;
    case ChunkDecoder::State::done:
      return finish();
    case ChunkDecoder::State::malformed:
      return void(bad_request());
    case ChunkDecoder::State::body_too_large:
      return void(refuse(413, "Request Entity Too Large"));
    case ChunkDecoder::State::line_too_long:
      return void(refuse(431, "Request Header Fields Too Large"));
  }
}

void RequestReader::finish() {
  part_ = Part::whole;
  const Parser::Head& head = parser_->head;
  request_ = HttpRequest{.method = head.method,
                         .target = head.target,
                         .version = head.version,
                         .headers = fields_,
                         .body = {buffer_.get() + head_end_, body_end_ - head_end_}};
  const auto target = parse_target(head.target);
  SMYTH_CHECK(target.has_value());  // The head was checked; the body may have moved it.
  request_.target = target->origin;
  request_.path = target->path;
  request_.query = target->query;
  if (target->authority.empty()) return;
  // RFC 9112, 3.2.2: it replaces what Host says.
  for (HeaderField& field : fields_) {
    if (equals_ignoring_case(field.name, "host")) field.value = target->authority;
  }
}

std::string RequestReader::unfinished_path() const {
  const bool is_body = part_ == Part::sized_body || part_ == Part::chunked_body;
  const auto target = is_body ? parse_target(parser_->head.target) : std::nullopt;
  return target ? std::string(target->path) : std::string();
}

RequestReader::State RequestReader::refuse(unsigned status, std::string_view message) {
  refusal_ = {status, message, {}};
  if (status == 413) {
    if (const auto target = parse_target(parser_->head.target)) refusal_.path = target->path;
  }
  part_ = Part::refused;
  begin_ = line_ = scanned_ = head_end_ = body_end_ = parsed_ = end_ = 0;
  return State::refused;
}

}  // namespace smyth::front
