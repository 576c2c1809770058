#pragma once

#include "runtime/frame.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Frames to bytes and back; frame.h says what they mean.
namespace smyth::runtime {

inline constexpr std::size_t frame_head_bytes = 8;

// One frame, appended to a buffer: its body piece by piece, then seal().
class FrameWriter {
 public:
  FrameWriter(std::string& buffer, FrameType type);

  FrameWriter& u8(std::uint8_t value);
  FrameWriter& u32(std::uint32_t value);
  FrameWriter& u64(std::uint64_t value);
  FrameWriter& i64(std::int64_t value);
  FrameWriter& f64(double value);
  FrameWriter& text(std::string_view value);
  FrameWriter& rest(std::string_view value);

  // The frame is whole. `bytes_apart` more belong to it that are sent after the buffer from
  // elsewhere, so that a large event is not copied.
  void seal(std::size_t bytes_apart = 0);

 private:
  void append(const void* bytes, std::size_t count);

  std::string& buffer_;
  std::size_t begin_;
};

struct Frame {
  FrameType type = FrameType::start;
  std::string_view body;
};

// Frames out of the bytes of a stream, as they come.
//
//   const auto space = reader.space();
//   reader.filled(read(fd, space.data(), space.size()));
//   while (auto frame = reader.next()) ...
//
// The buffer grows with what has come, never with what a head promises, and shrinks after a large
// frame.
class FrameReader {
 public:
  // Where the next bytes belong; never empty. Frames handed out before are no longer valid.
  std::span<char> space();
  void filled(std::size_t count);

  // The next whole frame; none: more bytes are needed, or the stream is broken.
  std::optional<Frame> next();
  // Something came that is no frame. Nothing after it can be understood.
  bool is_broken() const { return is_broken_; }
  // Bytes that have come and belong to no frame that next() has handed out.
  std::size_t pending_bytes() const { return end_ - begin_; }

 private:
  void reserve(std::size_t capacity);

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_broken_ = false;
};

// The body of a frame, read from its front. Reading past its end makes it not ok and gives zeros.
class FrameBody {
 public:
  explicit FrameBody(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64();
  double f64();
  std::string_view text();
  std::string_view rest();
  bool is_ok() const { return is_ok_; }

 private:
  template <class T>
  T number();
  std::string_view take(std::size_t count);

  std::string_view bytes_;
  bool is_ok_ = true;
};

}  // namespace smyth::runtime
