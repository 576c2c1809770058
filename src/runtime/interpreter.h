#pragma once

#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace smyth::runtime {

// What decides about the interpreter beside the configuration.
struct InterpreterPlaces {
  std::filesystem::path virtual_env;   // $VIRTUAL_ENV; may be empty.
  std::string path;                    // $PATH
  std::string pyenv_version;           // $PYENV_VERSION; may be empty.
  std::filesystem::path start_folder;  // The working directory.
};

// The Python to run: `configured` (with a slash relative to `root`, else looked up in PATH), else
// that of the virtual environment that is active, else of `.venv` in `root`, else the python3 of
// PATH. Nothing is run: a shim of pyenv, which costs 100 ms at each start, is read as pyenv reads
// it; any other script is taken as it is. One that is older than 3.9 is refused where its name or
// its virtual environment says so.
Result<std::filesystem::path> find_interpreter(const std::optional<std::string>& configured,
                                               const std::filesystem::path& root);
Result<std::filesystem::path> find_interpreter(const std::optional<std::string>& configured,
                                               const std::filesystem::path& root,
                                               const InterpreterPlaces& places);

}  // namespace smyth::runtime
