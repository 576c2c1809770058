#pragma once

#include <span>
#include <string_view>

namespace smyth::runtime {

struct EmbeddedFile {
  std::string_view path;  // "smyth_runtime/zygote.py"
  std::string_view text;
};

// The Python packages `smyth` and `smyth_runtime` and Node's bootstrap in `node/smyth_runtime`:
// sorted, part of the binary.
std::span<const EmbeddedFile> embedded_files();

}  // namespace smyth::runtime
