#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace smyth::runtime {

// Whether this is one of pyenv's stand-ins: `ROOT/shims/NAME`, a script that looks for the version
// each time.
bool is_pyenv_shim(const std::filesystem::path& file);

// What the shim would run; empty path: the next of its name in PATH ("system"); none: only pyenv
// can tell.
std::optional<std::filesystem::path> resolve_pyenv_shim(const std::filesystem::path& shim,
                                                        const std::string& pyenv_version,
                                                        const std::filesystem::path& start_folder);

}  // namespace smyth::runtime
