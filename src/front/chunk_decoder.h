#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace smyth::front {

// Takes the chunked coding away (RFC 9112, 7.1), piece by piece and in place. What it makes of the
// bytes does not depend on how they are cut into pieces. Extensions and trailers are checked for
// their form and ignored.
class ChunkDecoder {
 public:
  enum class State : unsigned char {
    incomplete,  // More bytes are needed.
    done,        // The body and its trailer are over; what follows was not consumed.
    malformed,
    body_too_large,
    line_too_long,  // Of a chunk, or all lines of the trailer together.
  };

  struct Result {
    State state;
    std::size_t consumed;  // Bytes that were read. The others must be given again, with more.
    std::size_t decoded;   // Bytes that were written.
  };

  struct Limits {
    std::size_t body_bytes_max;
    std::size_t line_bytes_max;
  };
  explicit ChunkDecoder(const Limits& limits)
      : limits_(limits), body_room_(limits.body_bytes_max) {}

  // `out` may be anywhere before `bytes` in the same buffer: never more is written than was read.
  Result decode(char* out, std::span<const char> bytes);

 private:
  enum class Part : unsigned char { size, data, data_end, trailer, done };

  // A line without its end; for incomplete ones and mistakes a state.
  struct Line {
    State state;
    std::string_view text;
  };
  static Line take_line(std::string_view& rest, std::size_t bytes_max);
  State step(std::string_view& rest, char*& out);
  State read_size(std::string_view& rest);
  State read_trailer(std::string_view& rest);

  Limits limits_;
  Part part_ = Part::size;
  std::uint64_t chunk_left_ = 0;
  std::size_t body_room_;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace smyth::front
