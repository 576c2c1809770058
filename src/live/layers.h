#pragma once

#include "config/config.h"
#include "runtime/runtime.h"

#include <filesystem>
#include <string>

namespace smyth::live {

// Where a function's layers are, laid one over another.
struct Layers {
  std::filesystem::path folder;  // Empty: it has none.
  std::string place;             // Where an environment sees them: /opt, else `folder`.

  // A file of theirs as an environment sees it; empty: it is not there.
  std::string find(const std::string& name) const;
};

// Why nothing can be mounted on the /opt of this environment, in words for the user; empty: it can.
// The layers would hide what a function needs that lies there; `interpreter` is that of our Python.
std::string no_opt(const runtime::StartSpec& spec, const std::filesystem::path& interpreter);

// Makes the environment see its layers: mounts, and the variables that name their folders on Lambda
// (docs/reference/lambda-packages.md). A class path is no variable.
void add_layers(const config::Function& function, const Layers& layers, runtime::StartSpec& spec);

}  // namespace smyth::live
