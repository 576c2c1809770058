#include "runtime/start_frame.h"

#include "runtime/frame_codec.h"
#include "runtime/json_text.h"

#include <fmt/format.h>

#include <iterator>

namespace smyth::runtime {
namespace {

void append_texts(std::string& json, const std::vector<std::string>& texts) {
  json += '[';
  for (const std::string& text : texts) {
    if (json.back() != '[') json += ',';
    append_json_string(json, text);
  }
  json += ']';
}

void append_table(std::string& json, const std::map<std::string, std::string>& table) {
  json += '{';
  for (const auto& [name, value] : table) {
    if (json.back() != '{') json += ',';
    append_json_string(json, name);
    json += ':';
    append_json_string(json, value);
  }
  json += '}';
}

}  // namespace

std::string start_frame(const StartSpec& spec, std::string_view group, const Mounts& mounts) {
  std::string frame;
  FrameWriter writer(frame, FrameType::start);
  frame += '{';
  const auto member = [&](std::string_view name, std::string_view text) {
    frame += fmt::format("\"{}\":", name);
    append_json_string(frame, text);
    frame += ',';
  };
  member("name", spec.name);
  member("function", spec.function);
  member("handler", spec.handler);
  member("arn", spec.arn);
  member("log_group", spec.log_group);
  member("log_stream", spec.log_stream);
  member("log_level", spec.log_level);
  member("version", spec.version);
  member("cwd", spec.cwd);
  member("project", spec.project);
  if (!spec.layers.empty()) member("layers", spec.layers);
  if (!group.empty()) member("group", group);
  fmt::format_to(std::back_inserter(frame), "\"memory\":{},\"timeout\":{},", spec.memory,
                 spec.timeout);
  if (!mounts.is_empty()) {
    frame += "\"mounts\":{";
    member("tmp", mounts.tmp);
    member("read_only", mounts.read_only);
    member("opt", mounts.opt);
    member("joined", mounts.joined);
    member("joined_user", mounts.joined_user);
    frame += fmt::format("\"tmp_mib\":{},", mounts.tmp_mib);
    frame += "\"kept\":";
    append_texts(frame, mounts.kept);
    frame += "},";
  }
  frame += "\"sys_path\":";
  append_texts(frame, spec.sys_path);
  frame += ",\"environ\":";
  append_table(frame, spec.environ);
  frame += ",\"config\":";
  frame += spec.config_json.empty() ? "{}" : spec.config_json;
  frame += '}';
  writer.seal();
  return frame;
}

}  // namespace smyth::runtime
