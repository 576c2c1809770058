#include "runtime/launch.h"

#include "runtime/frame_codec.h"

#include <cstdint>

namespace smyth::runtime {
namespace {

void write(FrameWriter& writer, const std::vector<std::string>& texts) {
  writer.u32(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read(FrameBody& body) {
  std::vector<std::string> texts;
  for (std::uint32_t left = body.u32(); left > 0 && body.is_ok(); --left) {
    texts.emplace_back(body.text());
  }
  return texts;
}

}  // namespace

std::string pack(const Launch& launch) {
  std::string text;
  FrameWriter writer(text, FrameType::start);
  write(writer, launch.words);
  write(writer, launch.environ);
  writer.text(launch.cwd).text(launch.group).text(launch.mounts.tmp).text(launch.mounts.read_only);
  writer.text(launch.mounts.opt);
  writer.text(launch.mounts.joined).text(launch.mounts.joined_user);
  writer.u32(launch.mounts.tmp_mib);
  write(writer, launch.mounts.kept);
  writer.seal();
  return text.substr(frame_head_bytes);
}

std::optional<Launch> unpack(std::string_view text) {
  FrameBody body(text);
  Launch launch;
  launch.words = read(body);
  launch.environ = read(body);
  launch.cwd = body.text();
  launch.group = body.text();
  launch.mounts.tmp = body.text();
  launch.mounts.read_only = body.text();
  launch.mounts.opt = body.text();
  launch.mounts.joined = body.text();
  launch.mounts.joined_user = body.text();
  launch.mounts.tmp_mib = body.u32();
  launch.mounts.kept = read(body);
  if (!body.is_ok() || launch.words.empty()) return std::nullopt;
  return launch;
}

}  // namespace smyth::runtime
