#include "front/chunk_decoder.h"

#include "front/ascii.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace smyth::front {

ChunkDecoder::Result ChunkDecoder::decode(char* out, std::span<const char> bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  char* end = out;
  State state = State::incomplete;
  while (state == State::incomplete && !rest.empty()) {
    const std::size_t before = rest.size();
    state = step(rest, end);
    if (rest.size() == before) break;
  }
  return {state, bytes.size() - rest.size(), static_cast<std::size_t>(end - out)};
}

// One line or as much as is there of one chunk.
ChunkDecoder::State ChunkDecoder::step(std::string_view& rest, char*& out) {
  switch (part_) {
    case Part::size:
      return read_size(rest);
    case Part::data: {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), chunk_left_));
      std::memmove(out, rest.data(), count);
      out += count;
      rest.remove_prefix(count);
      chunk_left_ -= count;
      if (chunk_left_ == 0) part_ = Part::data_end;
      return State::incomplete;
    }
    case Part::data_end:
      if (!rest.starts_with(std::string_view("\r\n").substr(0, rest.size()))) {
        return State::malformed;
      }
      if (rest.size() < 2) return State::incomplete;
      rest.remove_prefix(2);
      part_ = Part::size;
      return State::incomplete;
    case Part::trailer:
      return read_trailer(rest);
    case Part::done:
      return State::done;
  }
  return State::malformed;
}

ChunkDecoder::Line ChunkDecoder::take_line(std::string_view& rest, std::size_t bytes_max) {
  const std::size_t line_feed = rest.find('\n');
  if (std::min(line_feed, rest.size() - 1) >= bytes_max) return {State::line_too_long, {}};
  if (line_feed == std::string_view::npos) return {State::incomplete, {}};
  if (line_feed == 0 || rest[line_feed - 1] != '\r') return {State::malformed, {}};
  const std::string_view text = rest.substr(0, line_feed - 1);
  if (!value_chars.contains_all(text)) return {State::malformed, {}};
  rest.remove_prefix(line_feed + 1);
  return {State::done, text};
}

// `1a;name=value`
ChunkDecoder::State ChunkDecoder::read_size(std::string_view& rest) {
  const Line line = take_line(rest, limits_.line_bytes_max);
  if (line.state != State::done) return line.state;
  const auto size = std::from_chars(line.text.begin(), line.text.end(), chunk_left_, 16);
  const std::string_view extension(size.ptr, line.text.end());
  const std::size_t first = std::min(extension.find_first_not_of(" \t"), extension.size());
  if (size.ec == std::errc::result_out_of_range) return State::body_too_large;
  if (size.ec != std::errc{}) return State::malformed;
  if (!extension.empty() && !extension.substr(first).starts_with(';')) return State::malformed;
  if (chunk_left_ > body_room_) return State::body_too_large;
  body_room_ -= static_cast<std::size_t>(chunk_left_);
  part_ = chunk_left_ == 0 ? Part::trailer : Part::data;
  return State::incomplete;
}

ChunkDecoder::State ChunkDecoder::read_trailer(std::string_view& rest) {
  const std::size_t before = rest.size();
  const Line line = take_line(rest, limits_.line_bytes_max - trailer_bytes_);
  if (line.state != State::done) return line.state;
  trailer_bytes_ += before - rest.size();
  if (line.text.empty()) {
    part_ = Part::done;
    return State::done;
  }
  const std::size_t colon = line.text.find(':');
  const bool is_field = colon != std::string_view::npos && colon > 0 &&
                        token_chars.contains_all(line.text.substr(0, colon));
  return is_field ? State::incomplete : State::malformed;
}

}  // namespace smyth::front
