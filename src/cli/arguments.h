#pragma once

namespace smyth::cli {

// Carries out what was typed; the exit code.
int execute(int argc, char** argv);

}  // namespace smyth::cli
