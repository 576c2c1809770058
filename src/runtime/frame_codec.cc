#include "runtime/frame_codec.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace smyth::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

constexpr std::size_t size_bytes = 4;  // The size counts what comes after itself.
constexpr std::size_t capacity_first = 8u << 10;
constexpr std::size_t capacity_kept = 256u << 10;

template <class T>
T load(std::string_view bytes) {
  T value;
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

}  // namespace

// --- Writer ---

FrameWriter::FrameWriter(std::string& buffer, FrameType type)
    : buffer_(buffer), begin_(buffer.size()) {
  u32(0).u8(frame_version).u8(static_cast<std::uint8_t>(type)).u8(0).u8(0);
}

FrameWriter& FrameWriter::u8(std::uint8_t value) { return append(&value, sizeof value), *this; }
FrameWriter& FrameWriter::u32(std::uint32_t value) { return append(&value, sizeof value), *this; }
FrameWriter& FrameWriter::u64(std::uint64_t value) { return append(&value, sizeof value), *this; }
FrameWriter& FrameWriter::i64(std::int64_t value) { return append(&value, sizeof value), *this; }
FrameWriter& FrameWriter::f64(double value) { return append(&value, sizeof value), *this; }

FrameWriter& FrameWriter::text(std::string_view value) {
  SMYTH_CHECK(value.size() <= frame_bytes_max);
  return u32(static_cast<std::uint32_t>(value.size())).rest(value);
}

FrameWriter& FrameWriter::rest(std::string_view value) {
  return append(value.data(), value.size()), *this;
}

void FrameWriter::seal(std::size_t bytes_apart) {
  const std::size_t size = buffer_.size() - begin_ - size_bytes + bytes_apart;
  SMYTH_CHECK(size <= frame_bytes_max);
  const auto written = static_cast<std::uint32_t>(size);
  std::memcpy(buffer_.data() + begin_, &written, sizeof written);
}

void FrameWriter::append(const void* bytes, std::size_t count) {
  buffer_.append(static_cast<const char*>(bytes), count);
}

// --- Reader ---

std::span<char> FrameReader::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > capacity_kept) capacity_ = 0;  // A large frame is gone; so is its room.
    if (capacity_ == 0) reserve(capacity_first);
  } else if (end_ == capacity_) {
    if (begin_ > 0) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    if (end_ > capacity_ / 2) reserve(capacity_ * 2);
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void FrameReader::filled(std::size_t count) {
  SMYTH_CHECK(count <= capacity_ - end_);
  end_ += count;
}

std::optional<Frame> FrameReader::next() {
  const std::size_t there = end_ - begin_;
  if (is_broken_ || there < size_bytes) return std::nullopt;
  const char* head = buffer_.get() + begin_;
  const std::size_t size = load<std::uint32_t>({head, size_bytes});
  const bool has_head = there >= frame_head_bytes;
  if (size < frame_head_bytes - size_bytes || size > frame_bytes_max ||
      (has_head && (static_cast<std::uint8_t>(head[4]) != frame_version || head[6] || head[7]))) {
    is_broken_ = true;
    return std::nullopt;
  }
  if (there < size_bytes + size) return std::nullopt;
  begin_ += size_bytes + size;
  return Frame{static_cast<FrameType>(head[5]),
               {head + frame_head_bytes, size_bytes + size - frame_head_bytes}};
}

void FrameReader::reserve(std::size_t capacity) {
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(grown.get(), buffer_.get(), end_);
  buffer_ = std::move(grown);
  capacity_ = capacity;
}

// --- Body ---

std::string_view FrameBody::take(std::size_t count) {
  if (count > bytes_.size()) {
    is_ok_ = false;
    bytes_ = {};
    return {};
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

template <class T>
T FrameBody::number() {
  const std::string_view bytes = take(sizeof(T));
  return bytes.empty() ? T{} : load<T>(bytes);
}

std::uint8_t FrameBody::u8() { return number<std::uint8_t>(); }
std::uint32_t FrameBody::u32() { return number<std::uint32_t>(); }
std::uint64_t FrameBody::u64() { return number<std::uint64_t>(); }
std::int64_t FrameBody::i64() { return number<std::int64_t>(); }
double FrameBody::f64() { return number<double>(); }
std::string_view FrameBody::text() { return take(u32()); }
std::string_view FrameBody::rest() { return take(bytes_.size()); }

}  // namespace smyth::runtime
