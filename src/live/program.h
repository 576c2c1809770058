#pragma once

#include "config/config.h"
#include "live/layers.h"
#include "runtime/runtime.h"

#include <filesystem>
#include <string>

namespace smyth::live {

// What a function whose runtime is no Python of ours needs to start beyond the common part:
// `kind`, `command`, working directory and what its runtime reads from variables. Others are left
// as they are. `code` is the folder of its code, `package` that of the embedded files.
void make_program(const config::Function& function, const std::filesystem::path& code,
                  const std::filesystem::path& package, runtime::StartSpec& spec);

// What of its layers it starts from: a `bootstrap` that its code has not, jars of Java.
void add_layers_program(const config::Function& function, const Layers& layers,
                        runtime::StartSpec& spec);

// The file that a program starts from where it stands in a folder that is known, and cannot be run:
// each invocation would fail. Empty: none.
std::string missing_program(const runtime::StartSpec& spec);

}  // namespace smyth::live
