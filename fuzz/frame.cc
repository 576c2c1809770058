// Frames as a process of a user may send them: any bytes, in any pieces.
//
// The first byte is the size of the pieces. Whatever the pieces are, the frames found must be the
// same, and what was found must be what a writer makes of it.
#include "runtime/frame_codec.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace smyth::runtime;

struct Found {
  std::vector<std::pair<FrameType, std::string>> frames;
  bool is_broken = false;
};

Found read_in_pieces(std::string_view bytes, std::size_t piece) {
  Found found;
  FrameReader reader;
  while (!bytes.empty() && !reader.is_broken()) {
    const auto space = reader.space();
    const std::size_t count = std::min({space.size(), bytes.size(), piece});
    std::memcpy(space.data(), bytes.data(), count);
    reader.filled(count);
    bytes.remove_prefix(count);
    while (const auto frame = reader.next()) found.frames.emplace_back(frame->type, frame->body);
  }
  found.is_broken = reader.is_broken();
  return found;
}

// What is read lies within the body, and a body that is too short is noticed.
void read_body(std::string_view bytes) {
  FrameBody body(bytes);
  body.u32();
  std::size_t read = 4 + 3 * 4;
  for (int i = 0; i < 3; ++i) {
    const std::string_view text = body.text();
    if (!text.empty() && (text.data() < bytes.data() || text.end() > bytes.end())) std::abort();
    read += text.size();
  }
  read += body.rest().size();
  if (body.is_ok() ? read != bytes.size() : !body.rest().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Found whole = read_in_pieces(bytes, bytes.size());
  const Found pieces = read_in_pieces(bytes, std::size_t{data[0]} + 1);
  if (whole.frames != pieces.frames || whole.is_broken != pieces.is_broken) std::abort();
  std::string written;
  for (const auto& [type, body] : whole.frames) {
    FrameWriter(written, type).rest(body).seal();
    read_body(body);
  }
  if (!bytes.starts_with(written)) std::abort();
  return 0;
}
