#include "config/runtime.h"

#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace smyth::config {
namespace {

// Lambda's names of the runtimes that are served here.
constexpr auto names = std::to_array<std::string_view>({
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "java11",
    "java17",
    "java21",
    "provided.al2",
    "provided.al2023",
});

void read_layers(const TableReader& reader, Function& function) {
  constexpr std::string_view name = "layers";
  constexpr std::size_t count_max = 5;  // As Lambda.
  function.layers = reader.texts(name);
  if (function.layers.size() > count_max) {
    reader.note(name,
                fmt::format("{} are {}: at most {} can be had", reader.called(name),
                            function.layers.size(), count_max),
                "put some of them together");
  }
}

// A list of exactly one, as Lambda has it.
void read_architectures(const TableReader& reader, const toml::node* node, Function& function) {
  constexpr std::string_view name = "architectures";
  constexpr std::array<std::string_view, 2> words = {"x86_64", "arm64"};
  const std::vector<std::string> written = reader.texts(name);
  const toml::array* list = node ? node->as_array() : nullptr;
  if (!list || written.size() != list->size()) return;  // Nothing, or noted already.
  if (written.size() != 1) {
    reader.note(
        name,
        fmt::format("{} must be a list of one, not of {}", reader.called(name), written.size()),
        "write `[\"x86_64\"]` or `[\"arm64\"]`");
    return;
  }
  const std::string& word = written.front();
  if (std::ranges::find(words, word) == words.end()) {
    const std::string_view near = nearest(word, words);
    reader.note(name,
                fmt::format("{} must be `x86_64` or `arm64`, not `{}`", reader.called(name), word),
                near.empty() ? std::string("these are what Lambda has")
                             : fmt::format("did you mean `{}`?", near));
    return;
  }
  function.architecture = word;
}

}  // namespace

bool is_python(const Function& function) {
  return function.command.empty() &&
         (function.runtime.empty() || function.runtime.starts_with("python"));
}

void read_runtime(const TableReader& reader, const toml::table& table, Function& function) {
  function.command = reader.texts("command");
  function.code = reader.text("code").value_or("");
  read_layers(reader, function);
  read_architectures(reader, table.get("architectures"), function);
  function.freeze = reader.boolean("freeze").value_or(true);
  function.snap_start = reader.boolean("snap_start").value_or(false);
  const auto name = reader.text("runtime");
  if (!name) return;
  if (std::ranges::find(names, *name) == names.end()) {
    const std::string_view near = nearest(*name, names);
    reader.note(
        "runtime",
        fmt::format("{} is none that is served here: `{}`", reader.called("runtime"), *name),
        near.empty() ? "any other runs as a `command` that speaks Lambda's Runtime API"
                     : fmt::format("did you mean `{}`?", near));
    return;
  }
  function.runtime = *name;
  const bool has_snapshots =
      is_python(function) || !function.command.empty() || function.runtime.starts_with("java");
  if (function.snap_start && !has_snapshots) {
    reader.note(
        "snap_start",
        fmt::format("{} is not served with runtime `{}`", reader.called("snap_start"), *name),
        "Lambda restores snapshots of Python and Java: leave it out");
  }
}

}  // namespace smyth::config
